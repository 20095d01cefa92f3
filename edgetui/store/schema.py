"""The tables, for us and for whoever opens the file with ``sqlite3`` or Datasette.

Units stand in the columns' names; times are RFC 3339 in UTC. What was not available is NULL, and the JSON object in
``na`` says why, by column.
"""

from __future__ import annotations

from typing import Final

OURS: Final = 0x65647475
"""``PRAGMA application_id`` of our files: no other program's database is taken for one."""
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        fired_at TEXT NOT NULL,
        finished_at TEXT,
        tasks TEXT NOT NULL,            -- JSON array of names, as are models and boards
        models TEXT NOT NULL,
        boards TEXT NOT NULL,
        repeats INTEGER NOT NULL,
        protocol TEXT NOT NULL,
        edgetui_version TEXT NOT NULL,
        simulated INTEGER NOT NULL      -- 0 or 1
    )
    """,
        "CREATE INDEX runs_fired_at ON runs (fired_at)",
        """
    CREATE TABLE replies (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        board TEXT NOT NULL, task TEXT NOT NULL, item TEXT NOT NULL, model TEXT NOT NULL, repeat INTEGER NOT NULL,
        runner TEXT NOT NULL,
        outcome TEXT NOT NULL, reason TEXT NOT NULL,
        text TEXT NOT NULL, thinking TEXT NOT NULL, done_reason TEXT NOT NULL,
        fired_at TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL,
        prompt TEXT NOT NULL, image_sha256 TEXT NOT NULL,
        num_ctx INTEGER NOT NULL, num_predict INTEGER NOT NULL, seed INTEGER NOT NULL,
        temperature REAL NOT NULL, keep_alive TEXT NOT NULL,
        queue_s REAL, gate_s REAL, load_s REAL, upload_s REAL, encode_s REAL, prefill_s REAL, decode_s REAL,
        net_s REAL, total_s REAL,
        e2e_s REAL, ttft_s REAL, tok_per_s REAL, prompt_tokens INTEGER, output_tokens INTEGER,
        prefill_tok_per_s REAL, itl_s REAL,
        marks TEXT NOT NULL,            -- JSON array
        ollama_version TEXT, era TEXT, digest TEXT,
        size_bytes INTEGER, size_vram_bytes INTEGER, cached_tokens INTEGER, runner_rss_bytes INTEGER,
        simulated INTEGER NOT NULL, sim_speed REAL,
        na TEXT NOT NULL,
        UNIQUE (run_id, board, task, item, model, repeat)
    )
    """,
        """
    CREATE TABLE samples (
        reply_id INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,      -- from 0, in the order of time
        time TEXT NOT NULL,
        uptime_s REAL, temperature_c REAL, limit_c REAL,
        zones TEXT,                     -- JSON, as are throttle, cores_percent, caps and rails
        throttle TEXT, cpu_percent REAL, cores_percent TEXT, load_1 REAL,
        clock_hz REAL, clock_max_hz REAL, clock_source TEXT, caps TEXT,
        memory_total_bytes INTEGER, memory_available_bytes INTEGER,
        swap_total_bytes INTEGER, swap_used_bytes INTEGER, oom_kills INTEGER,
        gpu_percent REAL, gpu_clock_hz REAL, gpu_memory_total_bytes INTEGER, gpu_memory_used_bytes INTEGER,
        power_w REAL, power_scope TEXT, rails TEXT, fan_rpm REAL, fan_percent REAL,
        na TEXT NOT NULL,
        PRIMARY KEY (reply_id, position)
    ) WITHOUT ROWID
    """,
    ),
    tuple(
        f"ALTER TABLE samples ADD COLUMN {name} {kind}"
        for name, kind in (
            ("zram_bytes", "INTEGER"),
            ("pressure_cpu_percent", "REAL"),
            ("pressure_io_percent", "REAL"),
            ("pressure_memory_percent", "REAL"),
            ("npu_percent", "REAL"),
            ("npu_clock_hz", "REAL"),
        )
    ),
)
"""The n-th leads from ``PRAGMA user_version`` n to n + 1, statement by statement. A released one never changes."""
