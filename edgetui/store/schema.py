"""The tables, for us and for whoever opens the file with ``sqlite3`` or Datasette.

Units stand in the columns' names; times are RFC 3339 in UTC. What was not available is NULL, and the JSON object in
``na`` says why, by column. The tables ``history_1s``, ``history_10s`` and ``history_60s`` are made to be small: the
view ``history`` shows them with names and times to people.
"""

from __future__ import annotations

from typing import Final

OURS: Final = 0x65647475
"""``PRAGMA application_id`` of our files: no other program's database is taken for one."""
_STRETCH = """
        time_s INTEGER NOT NULL,        -- Unix s at which the stretch begins
        board_id INTEGER NOT NULL,      -- boards.id
        offset_ms INTEGER NOT NULL,     -- of the last reading of a second; 0 in longer stretches
        samples INTEGER NOT NULL,       -- readings in it
        facts_id INTEGER NOT NULL,      -- facts.id, as of the last reading
        temperature_c REAL,             -- mean, as is what follows where nothing else is said
        temperature_min_c REAL, temperature_max_c REAL,
        throttle_now TEXT,              -- letters of UFTSP at any moment of it; empty: asked, and none
        throttle_boot TEXT,             -- since boot
        limit_c REAL,                   -- lowest
        uptime_s REAL,                  -- highest, as are oom_kills and what ends in _max_hz and _total_bytes
        cpu_percent REAL, load_1 REAL, clock_hz REAL, clock_max_hz REAL,
        memory_total_bytes REAL, memory_available_bytes REAL, swap_total_bytes REAL, swap_used_bytes REAL,
        oom_kills REAL, zram_bytes REAL,
        pressure_cpu_percent REAL, pressure_io_percent REAL, pressure_memory_percent REAL,
        gpu_percent REAL, gpu_clock_hz REAL, gpu_memory_total_bytes REAL, gpu_memory_used_bytes REAL,
        npu_percent REAL, npu_clock_hz REAL,
        power_w REAL, fan_rpm REAL, fan_percent REAL,
        detail TEXT,                    -- JSON, in recordings of single seconds: zones, rails, cores
        PRIMARY KEY (time_s, board_id)
"""
_SHOWN = """
        temperature_c, temperature_min_c, temperature_max_c, throttle_now, throttle_boot, limit_c, uptime_s,
        cpu_percent, load_1, clock_hz, clock_max_hz, memory_total_bytes, memory_available_bytes,
        swap_total_bytes, swap_used_bytes, oom_kills, zram_bytes, pressure_cpu_percent, pressure_io_percent,
        pressure_memory_percent, gpu_percent, gpu_clock_hz, gpu_memory_total_bytes, gpu_memory_used_bytes,
        npu_percent, npu_clock_hz, power_w, fan_rpm, fan_percent, detail, facts
"""
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
    (
        "ALTER TABLE replies ADD COLUMN arrivals TEXT",  # JSON: [s since started_at, characters], < 0: of thinking
        """
    CREATE TABLE boards (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        tags TEXT NOT NULL,             -- JSON array
        cooling TEXT NOT NULL, ambient_c REAL, reference INTEGER NOT NULL,
        address TEXT                    -- NULL: left out
    )
    """,
        """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        board TEXT NOT NULL,            -- empty: the whole fleet
        kind TEXT NOT NULL, text TEXT NOT NULL,
        detail TEXT NOT NULL            -- JSON object
    )
    """,
        "CREATE INDEX events_time ON events (time)",
        "CREATE INDEX events_board ON events (board, kind, time)",
        """
    CREATE TABLE facts (
        id INTEGER PRIMARY KEY,
        facts TEXT NOT NULL UNIQUE,     -- JSON: na (reasons by column), caps, clock_source, power_scope, throttle
        used_s INTEGER NOT NULL         -- Unix s
    )
    """,
        *(f"CREATE TABLE history_{span}s ({_STRETCH}) WITHOUT ROWID" for span in (1, 10, 60)),
        """
    CREATE TABLE tiers (
        span_s INTEGER PRIMARY KEY,
        rows INTEGER NOT NULL,
        folded_s INTEGER NOT NULL       -- Unix s up to which single seconds have been folded into it
    )
    """,
        "INSERT INTO tiers VALUES (1, 0, 0), (10, 0, 0), (60, 0, 0)",
        "CREATE VIEW history AS "
        + " UNION ALL ".join(
            f"""
        SELECT name AS board, {span} AS span_s, strftime('%Y-%m-%dT%H:%M:%SZ', time_s, 'unixepoch') AS time,
        {_SHOWN}
        FROM history_{span}s JOIN boards ON boards.id = board_id LEFT JOIN facts ON facts.id = facts_id
        """
            for span in (1, 10, 60)
        ),
    ),
    (
        "ALTER TABLE replies ADD COLUMN metric TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE replies ADD COLUMN truth TEXT",  # JSON object; NULL: nobody wrote it down
        "ALTER TABLE replies ADD COLUMN canary INTEGER NOT NULL DEFAULT 0",
        """
    CREATE TABLE scores (
        reply_id INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
        source TEXT NOT NULL,           -- automatic, or person: what a person says stands
        metric TEXT NOT NULL,           -- of a person's: empty
        version INTEGER NOT NULL,       -- of the metric's rules
        value REAL,                     -- 0-1
        passed INTEGER,                 -- 0 or 1; NULL: cannot tell
        rule TEXT NOT NULL,             -- what was done, in words; of a person's: why
        span TEXT,                      -- JSON: characters of the cleaned answer [from, to) that were used
        truth TEXT NOT NULL,            -- in words
        details TEXT NOT NULL,          -- JSON object
        marks TEXT NOT NULL,            -- JSON array
        scored_at TEXT,                 -- of a person's
        na TEXT NOT NULL,
        PRIMARY KEY (reply_id, source)
    ) WITHOUT ROWID
    """,
    ),
    (
        "ALTER TABLE runs ADD COLUMN plan TEXT",  # JSON: protocol, boards and orders; NULL: stored without
        "ALTER TABLE replies ADD COLUMN mode TEXT NOT NULL DEFAULT 'quick'",
        *(
            f"ALTER TABLE replies ADD COLUMN {name} {kind}"
            for name, kind in (
                ("t100_s", "REAL"),
                ("image_tokens", "INTEGER"),
                ("gross_j", "REAL"),
                ("net_j", "REAL"),
                ("throttled_percent", "REAL"),
                ("cold_load_s", "REAL"),
                ("idle_c", "REAL"),
                ("idle_w", "REAL"),
                ("text_tokens", "INTEGER"),
                ("energy_scope", "TEXT"),
            )
        ),
        """
    CREATE TABLE pictures (
        sha256 TEXT PRIMARY KEY,        -- of data; runs.plan names it
        data BLOB NOT NULL              -- as the task or a person gave it
    ) WITHOUT ROWID
    """,
    ),
    ("ALTER TABLE replies ADD COLUMN figures TEXT",),  # JSON object: name with its unit to number; na: reasons
    (
        """
    CREATE TABLE setups (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        board TEXT NOT NULL,
        told_at TEXT NOT NULL,          -- again each time that the run is gone on with
        setup TEXT NOT NULL,            -- JSON object: name with its unit to value; na: reasons
        PRIMARY KEY (run_id, board, told_at)
    ) WITHOUT ROWID
    """,
    ),
    (
        "ALTER TABLE replies ADD COLUMN picture TEXT NOT NULL DEFAULT ''",  # what was done to it before it was sent
        "ALTER TABLE replies ADD COLUMN retried TEXT NOT NULL DEFAULT ''",  # why it was asked again
        "ALTER TABLE replies ADD COLUMN sent_sha256 TEXT",
        "ALTER TABLE replies ADD COLUMN sent_bytes INTEGER",
    ),
    ("ALTER TABLE replies ADD COLUMN unloaded TEXT NOT NULL DEFAULT ''",),  # the memory before, in words
    (
        "ALTER TABLE replies ADD COLUMN killed_by TEXT",  # runner, server, board, link or kernel-oom
        "ALTER TABLE replies ADD COLUMN evidence TEXT NOT NULL DEFAULT ''",
    ),
)
"""The n-th leads from ``PRAGMA user_version`` n to n + 1, statement by statement. A released one never changes."""
