#!/bin/bash
# boot.sh - runs inside the booted container, as a unit of test_boot.py, and tells what
# it finds: a line "ok NAME" or "not ok NAME: why" for each check.
set -u
results=$1/results
sock=/run/ouro/control.sock
# Beside the configuration that this build reads.
config=$(/usr/bin/ourod --help | sed -n 's/.*(default \(\/[^ ,]*\).*/\1/p')
drop_in=${config%/*}/conf.d/test.conf

say() { printf '%s\n' "$*" >>"$results"; }

# check NAME COMMAND… - the command's last line is the reason where it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then say "ok $name"; else say "not ok $name: $(tail -n 3 <<<"$output" | tr '\n' ' ')"; fi
}

show() { systemctl show -P "$1" "${2:-ourod.service}"; }
expect() { # PROPERTY VALUE
  local value
  value=$(show "$1")
  [ "$value" = "$2" ] || { echo "$1 is $value, not $2"; return 1; }
}

# until_true SECONDS COMMAND… - asks once a second.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      "$@"
      return
    fi
    sleep 1
  done
}

ask() { curl -sS --fail --max-time 20 --unix-socket $sock "http://localhost$1"; }
ask_port() { curl -sS --fail --max-time 20 "http://127.0.0.1:6876$1"; }
healthy() { ask /healthz | grep -F '"status":"ok"' || { ask /healthz; return 1; }; }
degraded_by() { ask /healthz | grep -F "\"name\":\"$1\"" || { ask /healthz; return 1; }; }

socket_waits_and_nothing_runs() {
  [ "$(show ActiveState ourod.socket)" = active ] || { systemctl status ourod.socket; return 1; }
  expect ActiveState inactive && [ "$(stat -c '%a %G' $sock)" = "660 ouro" ]
}
# The daemon's process; a signal to 0 would end this script.
main_pid() {
  local pid
  pid=$(show MainPID)
  [ "$pid" -gt 1 ] || { echo "ourod does not run" >&2; return 1; }
  echo "$pid"
}
status_says() { show StatusText | grep -F "$1" || { show StatusText; return 1; }; }
started_with_status() {
  expect ActiveState active && expect SubState running &&
    show StatusText | grep -E '^Serving at http://127\.0\.0\.1:6876: [0-9]+ clients?, [0-9]+ heaps$' ||
    { show StatusText; return 1; }
}
port_starts_it_again() {
  systemctl stop ourod.service && expect Result success && expect ActiveState inactive &&
    ask_port /healthz && expect ActiveState active
}
metrics_with_the_token() {
  metrics_with "$(cat /var/lib/ouro/observer.token)" && [ "$(stat -c %a /var/lib/private/ouro/observer.token)" = 600 ]
}
group_may_and_others_may_not() {
  useradd -M -G ouro friend && useradd -M stranger || return 1
  runuser -u friend -- curl -sS --fail --max-time 20 --unix-socket $sock http://localhost/metrics |
    grep -q '^ouro_heaps' || { echo "a member of the group is refused"; return 1; }
  ! runuser -u stranger -- curl -sS --fail --max-time 20 --unix-socket $sock http://localhost/healthz
}
reload_keeps_it() {
  local pid
  pid=$(main_pid) || return 1
  systemctl reload ourod.service && until_true 10 expect ActiveState active && expect MainPID "$pid" && healthy
}
broken_configuration_is_refused_by_a_reload() {
  local pid status=0
  pid=$(main_pid) || return 1
  mkdir -p "${drop_in%/*}"
  printf 'no_such_option = 1\n' >"$drop_in"
  ! systemctl reload ourod.service && expect ActiveState active && expect MainPID "$pid" && healthy || status=1
  # Whoever sends the signal by hand gets no answer, but an alarm.
  kill -HUP "$pid"
  until_true 10 degraded_by configuration && until_true 10 status_says 'degraded: configuration' &&
    expect MainPID "$pid" || status=1
  rm "$drop_in"
  systemctl reload ourod.service && until_true 10 healthy && expect MainPID "$pid" && return $status
}
watchdog_restarts_what_stands_still() {
  local pid before
  pid=$(main_pid) || return 1
  before=$(show NRestarts)
  kill -STOP "$pid"
  # A client that waits while it stands still is served by the next one.
  until_true 120 expect NRestarts $((before + 1)) && until_true 30 expect ActiveState active &&
    [ "$(show MainPID)" != "$pid" ] && until_true 10 healthy &&
    journalctl -u ourod.service -o cat --no-pager | grep -F 'Watchdog timeout'
}
crash_restarts_it() {
  local pid
  pid=$(main_pid) || return 1
  kill -SEGV "$pid"
  until_true 30 healthy && [ "$(show MainPID)" != "$pid" ]
}
metrics_with() {
  curl -sS --fail --max-time 20 -H "Authorization: Bearer $1" http://127.0.0.1:6876/metrics |
    grep '^ouro_build_info'
}
given_token_outlives_a_reload() {
  local token
  token=$(printf '%064d' 7)
  (umask 077 && printf '%s\n' "$token" >/etc/observer.token)
  mkdir -p /etc/systemd/system/ourod.service.d
  printf '[Service]\nLoadCredential=observer_token:/etc/observer.token\n' \
    >/etc/systemd/system/ourod.service.d/token.conf
  systemctl daemon-reload && systemctl restart ourod.service && metrics_with "$token" &&
    systemctl reload ourod.service && until_true 10 expect ActiveState active && metrics_with "$token"
}
exposure() {
  systemd-analyze security --no-pager --threshold=12 ourod.service || return 1
}
# README's commands as they stand there, but for where this build has its configuration;
# this system has root alone and no sudo.
readme_opens_it_to_the_network() {
  local here=${results%/*} etc=${config%/*} url=https://gc.example.org:6876
  mkdir -p "$etc"
  install -m 644 "$here/tls.pem" "$etc/tls.pem" && install -m 600 "$here/tls.key" "$etc/tls.key" || return 1
  sudo() { "$@"; }
  # shellcheck disable=SC1090
  . <(sed "s|/etc/ouro|$etc|g" "$here/tls.sh") >/dev/null || return 1
  until_true 20 expect ActiveState active || return 1
  grep -q gc.example.org /etc/hosts || echo '127.0.0.1 gc.example.org' >>/etc/hosts
  OURO_TOKEN=$(cat /var/lib/ouro/operator.token)
  export OURO_TOKEN
  ouroctl -s $url --ca "$etc/tls.pem" collect documents &&
    ouroctl -s $url --ca "$etc/tls.pem" url | grep "^$url/" && ouroctl status | grep documents || return 1
  ! curl -sS --fail --max-time 5 http://gc.example.org:6876/healthz || { echo "plain text is served"; return 1; }
}
stops_cleanly() {
  local began=$SECONDS
  systemctl stop ourod.service && expect Result success && expect ExecMainStatus 0 &&
    [ $((SECONDS - began)) -le 5 ] && [ -S $sock ]
}

check socket_waits_and_nothing_runs socket_waits_and_nothing_runs
check control_sock_starts_it healthy
check started_with_status started_with_status
check port_starts_it_again port_starts_it_again
check metrics_with_the_token metrics_with_the_token
check group_may_and_others_may_not group_may_and_others_may_not
check reload_keeps_it reload_keeps_it
check broken_configuration_is_refused_by_a_reload broken_configuration_is_refused_by_a_reload
check exposure exposure
say "exposure $(systemd-analyze security --no-pager ourod.service | tail -n 1)"
check given_token_outlives_a_reload given_token_outlives_a_reload
check readme_opens_it_to_the_network readme_opens_it_to_the_network
check crash_restarts_it crash_restarts_it
check watchdog_restarts_what_stands_still watchdog_restarts_what_stands_still
check stops_cleanly stops_cleanly
journalctl -u ourod.service -u ourod.socket -b -o short-monotonic --no-pager >"$1/journal"
say "done"
