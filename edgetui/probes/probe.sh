# The probe: reads a board for edgetui. POSIX sh; builtins only, but for the few forks named below.
# Works in dash, busybox ash and bash. Nothing is installed or written on the board.
#
# It gets two variables: K, the token of this session (first line of the program, from the host), and R, from the
# environment: a root prefix, empty on a board, a made-up tree in tests. Every path but its own /proc/PID is behind R.
#
# The host writes one line for each frame: "" for the fast tier, "s" for the slow one too. End of file, or 15 s of
# silence where `read -t` exists, ends the probe. A frame, printed at once:
#
#     @K SEQ UPTIME TICK        begin: SEQ from 0; UPTIME in s; TICK is the line the host wrote, "hello" for SEQ 0
#     ...                       N lines
#     .K SEQ N                  end
#
# Lines of hello (SEQ 0), in the order of the scan below; globs in byte order (thermal_zone10 before thermal_zone2):
#
#     proto=1  pid=  stat=  timeout=   of this process; stat is its /proc/PID/stat; timeout is -t15 or none
#     os=TEXT                          PRETTY_NAME of os-release, as it stands after "="
#     f=PATH VALUE                     a fact: first line of a file read once; left out where empty or unreadable
#     kN=PATH                          a file whose first line every frame gives under kN; N from 0
#     wN=PATH                          a file whose every line every frame gives under wN; N from 0
#     sN=PATH                          a file whose first line every frame of the slow tier gives under sN
#     denied=PATH                      a file for kN, wN or sN that is there, but not for us
#     dev=PATH yes|no                  a device file: may we read and write it?
#     cmd=NAME                         an executable in one of the eight folders below
#     mode=LINE                        and other keys of single families: see their files
#
# Lines of later frames, in this order:
#
#     cpu  1 2 3 ...                   /proc/stat, verbatim, up to the first line that does not start with "cpu"
#     MemTotal:  1 kB                  /proc/meminfo, verbatim: MemTotal MemFree MemAvailable Buffers Cached SwapTotal
#                                      SwapFree, then it stops; without MemAvailable also Shmem and SReclaimable
#     load=TEXT                        /proc/loadavg
#     kN=VALUE                         for N = 0, 1, ...; left out where the file is empty or cannot be read now
#     wN=LINE                          for N = 0, 1, ..., line by line
#     oom_kill 0                       slow tier: lines of /proc/vmstat, then of /proc/meminfo, whose name is in SLOW
#     sN=VALUE                         slow tier: for N = 0, 1, ...; left out as kN is
export LC_ALL=C
exec 2>/dev/null
R=${R-}
nl='
'
IFS=$nl
o= n=0 k=0 w=0 q=0 FAST= WHOLE= RARE= SLOW=oom_kill

# An error of `read` says nothing (a file without newline gives 1) and bash keeps the old value: clear it, then test it.
rd() { v=; IFS= read -r v <"$1"; }
line() { o=$o$1$nl; n=$((n+1)); }
add() { line "$1=$2"; }
flush() { printf '@%s %s %s %s\n%s.%s %s %s\n' "$K" "$1" "$up" "$2" "$o" "$K" "$1" "$n"; o= n=0; }

# For the scans. None of them minds a pattern that matched nothing.
fact() { for f do rd "$f"; if [ "$v" ]; then add f "${f#"$R"} $v"; fi; done; }
usable() { [ -r "$1" ] && return; if [ -e "$1" ]; then add denied "${1#"$R"}"; fi; return 1; }
tick() { for f do if usable "$f"; then FAST=$FAST$f$nl; add "k$k" "${f#"$R"}"; k=$((k+1)); fi; done; }
whole() { for f do if usable "$f"; then WHOLE=$WHOLE$f$nl; add "w$w" "${f#"$R"}"; w=$((w+1)); fi; done; }
slow() { for f do if usable "$f"; then RARE=$RARE$f$nl; add "s$q" "${f#"$R"}"; q=$((q+1)); fi; done; }
# chips PATTERN: D = folders of the hwmon chips with such a name
chips() { D=; for d in "$R"/sys/class/hwmon/hwmon[0-9]*; do rd "$d/name"; case $v in $1) D=$D$d$nl;; esac; done; }
device() {
  for f do
    if [ -r "$f" ] && [ -w "$f" ]; then add dev "${f#"$R"} yes"
    elif [ -e "$f" ]; then add dev "${f#"$R"} no"; fi
  done
}
has() {
  for c do
    for d in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin /opt/vc/bin /run/current-system/sw/bin; do
      if [ -x "$R$d/$c" ]; then add cmd "$c"; break; fi
    done
  done
}
# lines KEY= PATTERN FILE...: the lines that match, each with KEY= before it (or nothing). One fork.
lines() {
  c=$1 p=$2; shift 2; set -f
  for l in $(grep -hsE "$p" "$@"); do line "$c$l"; done
  set +f
}

# --- who is it ---
T=; read -r -t1 v <"$R"/proc/uptime && T=-t15
up=; IFS=' ' read -r up v <"$R"/proc/uptime
add proto 1; add pid $$; rd /proc/$$/stat; add stat "$v"; add timeout "${T:-none}"
for f in "$R"/etc/os-release "$R"/usr/lib/os-release; do
  while IFS= read -r l; do case $l in PRETTY_NAME=*) add os "${l#*=}"; break 2;; esac; done <"$f"
done
fact "$R"/proc/sys/kernel/osrelease "$R"/proc/sys/kernel/random/boot_id "$R"/proc/sys/kernel/arch
if [ -z "$v$R" ]; then add f "/proc/sys/kernel/arch $(uname -m)"; fi # kernels before 6.1; a fork
fact "$R"/proc/device-tree/model "$R"/proc/device-tree/compatible "$R"/sys/devices/system/cpu/present

# --- what can be read ---
for d in "$R"/sys/class/thermal/thermal_zone[0-9]*; do
  fact "$d/type"; if [ -z "$v" ]; then continue; fi
  rd "$d/temp"; if [ -z "$v" ]; then continue; fi # powered down: answers EAGAIN for as long as it is
  tick "$d/temp"
  for t in "$d"/trip_point_[0-9]*_type; do
    rd "$t"; case $v in passive|hot|critical) fact "$t" "${t%_type}_temp";; esac
  done
done
for d in "$R"/sys/class/thermal/cooling_device[0-9]*; do
  rd "$d/type"
  case $v in *cpufreq*|*devfreq*|*throttle*|*alert*|*balanced*) fact "$d/type"; tick "$d/cur_state";; esac
done
for d in "$R"/sys/devices/system/cpu/cpufreq/policy[0-9]*; do
  fact "$d/related_cpus" "$d/cpuinfo_max_freq"; tick "$d/scaling_cur_freq" "$d/scaling_max_freq"
  rd "$d/scaling_driver" # these have governors of their own: their powersave follows the load
  case $v in intel_pstate|amd-pstate-epp) ;; *) tick "$d/scaling_governor";; esac
done
fact "$R"/sys/class/hwmon/hwmon[0-9]*/name
tick "$R"/sys/class/hwmon/hwmon[0-9]*/fan[0-9]*_input
chips pwmfan; for d in $D; do tick "$d/pwm1"; done
#FAMILIES
flush 0 hello

# --- one frame for each line ---
set -f
i=0
while IFS= read -r $T cmd; do
  i=$((i+1))
  up=; IFS=' ' read -r up v <"$R"/proc/uptime
  while IFS= read -r l; do case $l in cpu*) line "$l";; *) break;; esac; done <"$R"/proc/stat
  a=
  while IFS= read -r l; do
    case $l in
    MemTotal:*|MemFree:*|Buffers:*|Cached:*|SwapTotal:*) line "$l";;
    MemAvailable:*) line "$l"; a=1;;
    SwapFree:*) line "$l"; if [ "$a" ]; then break; fi;;
    Shmem:*) line "$l";;
    SReclaimable:*) line "$l"; break;;
    esac
  done <"$R"/proc/meminfo
  rd "$R"/proc/loadavg; if [ "$v" ]; then add load "$v"; fi
  k=0; for f in $FAST; do rd "$f"; if [ "$v" ]; then add "k$k" "$v"; fi; k=$((k+1)); done
  w=0; for f in $WHOLE; do while IFS= read -r l; do add "w$w" "$l"; done <"$f"; w=$((w+1)); done
  case $cmd in s*)
    lines '' "^($SLOW)[ :]" "$R"/proc/vmstat "$R"/proc/meminfo; set -f # a fork
    q=0; for f in $RARE; do rd "$f"; if [ "$v" ]; then add "s$q" "$v"; fi; q=$((q+1)); done
  ;; esac
  flush $i "$cmd"
done
