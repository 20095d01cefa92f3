"""The program that starts a script on a board, looks after it, and ends it when nobody is left to read it.

POSIX sh for dash, busybox ash and bash; builtins but for ``setsid``, one ``grep``, and ``sleep`` twice a second
(ten times in each of the first two, so that a short script is seen). All that the script prints goes to files in
its job's folder: whoever comes later can read it, from any byte on.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

BEAT_S = 2.0
"""The host writes a line so often; after four of them that did not come the script is ended."""

SUPERVISOR = r"""# edgetui runs a script
r=$1 j=$2 v=$3 leash=$4; shift 4
umask 077; export LC_ALL=C.UTF-8
mkdir -p "$r/jobs/$j/scratch" && cd "$r/jobs/$j" && : >out && : >err && : >log && echo 0 >beat || exit 73
exec 3<&0 </dev/null
trap : PIPE
h=0.5 most=16 i=0.1 n=20; sleep 0.01 2>/dev/null || h=1 most=8 i=1 n=0
say() { printf '%s\n' "$*" >>log; }
moment() {
  IFS=' ' read -r up x </proc/uptime; oom=
  while IFS=' ' read -r x y; do if [ "$x" = oom_kill ]; then oom=$y; fi; done </proc/vmstat
}
# walk: sets k, kB in use by $c and its children; hw, the highest that one of them ever had; tree, all of them
walk() {
  k=0 w=$c tree=
  while [ "$w" ]; do
    p=${w%% *}; case $w in *' '*) w=${w#* };; *) w=;; esac
    if [ -z "$p" ]; then continue; fi
    tree="$tree $p"
    while IFS=' 	' read -r a b x; do
      case $a in VmHWM:) if [ "$b" -gt "$hw" ]; then hw=$b; fi;; VmRSS:) k=$((k+b)); break;; esac
    done 2>/dev/null <"/proc/$p/status"
    for f in /proc/$p/task/*/children; do
      l=; read -r l 2>/dev/null <"$f"; if [ "$l" ]; then w="$w $l"; fi
    done
  done
} 2>/dev/null
stop() {
  trap '' TERM HUP INT
  if [ -z "$ended" ]; then ended=1; say "ended $why"; fi
  hw=0; walk; all=$tree
  kill -TERM "-$c" 2>/dev/null || kill -TERM "$c" 2>/dev/null
  sleep $h
  walk; all="$all $tree"
  sweep
}
# sweep: what the script has left, in whatever session: it was below it, or has our name in its environment
sweep() {
  kill -KILL "-$c" 2>/dev/null || kill -KILL "$c" 2>/dev/null
  for f in $(grep -lsF "EDGETUI_RUN=$j" /proc/[0-9]*/environ 2>/dev/null); do
    p=${f#/proc/}; kill -KILL "${p%/environ}" 2>/dev/null
  done
  for p in $all; do kill -KILL "$p" 2>/dev/null; done
}
ended= all= why=signal
moment; say "begin $up ${oom:--}"
own=; if command -v setsid >/dev/null; then own=setsid; fi
( cd "$r/tasks/$v" && exec $own "$@"; exit 73 ) >out 2>err 3<&- &
c=$!
say "pid $c $$"
trap stop TERM HUP INT
if [ "$leash" = 1 ]; then
  ( trap - TERM HUP INT; n=0; while read -r l <&3; do n=$((n+1)); echo $n >beat; done; echo gone >beat ) &
  t=$!
else t=; fi
exec 3<&-
(
  trap - TERM HUP INT; peak=0 hw=0 last= same=0 grows=
  while sleep $i; do
    if [ $n -gt 0 ]; then n=$((n-1)); else i=$h; fi
    walk
    if [ "$k" -gt 0 ]; then
      if [ "$hw" -gt "$k" ]; then k=$hw; fi
      if [ "$k" -gt $((peak+peak/50)) ]; then grows=1; else grows=; fi
      if [ "$k" -gt "$peak" ]; then peak=$k; fi
      echo "$peak $grows" >rss
    fi
    if ! kill -0 $$ 2>/dev/null; then if [ "$leash" = 1 ]; then stop; kill -KILL $t; fi; exit; fi
    if [ "$leash" != 1 ] || [ $n -gt 0 ]; then continue; fi
    read -r b <beat
    if [ "$b" = "$last" ]; then same=$((same+1)); else same=0 last=$b; fi
    if [ "$b" = gone ] || [ "$same" -ge "$most" ]; then kill -HUP $$; exit; fi
  done
) &
m=$!
wait "$c"; s=$?
if [ "$ended" ]; then wait "$c"; s=$?; fi
trap '' TERM HUP INT
moment; times >times
sweep
if [ "$ended" ] && [ "$leash" = 1 ]; then rm -rf "$r/jobs/$j"; kill -KILL $m $t; exit; fi 2>/dev/null
say "exit $s $up ${oom:--}"
kill -KILL $m $t 2>/dev/null
exit 0
"""


def command_of(words: Sequence[str], env: Mapping[str, str], nice: int) -> list[str]:
    """With its environment and its nice level."""
    set_to = [f"{name}={value}" for name, value in env.items()]
    return [*(["nice", "-n", str(nice)] if nice else []), "env", *set_to, *words]


def leashed(root: str, job: str, folder: str, words: Sequence[str]) -> str:
    """The command for a channel: the script ends with it. ``words``: of ``env …``."""
    return f"exec {shlex.join(['sh', '-c', SUPERVISOR, 'edgetui', root, job, folder, '1', *words])}"


def detached(root: str, job: str, folder: str, words: Sequence[str]) -> str:
    """The command that leaves the script running."""
    inner = shlex.join(["sh", "-c", SUPERVISOR, "edgetui", root, job, folder, "0", *words])
    own = "$(command -v setsid || echo nohup)"
    return f"{own} {inner} </dev/null >/dev/null 2>&1 &"
