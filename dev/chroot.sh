# shellcheck shell=bash
# script/box without a container engine: a buildah container's tree, entered by chroot in its own mount and process
# namespaces. Sourced, not run.

run_in_chroot() {
    local container tree status=0
    forget_dead_containers
    container=voice-processor-box-$$-$RANDOM
    # Held open by every process of this box: a container whose lock is free belongs to nobody. Taken before it has the
    # name under which others look for it: a box that starts at the same moment would take it for a dead one's.
    exec 9>"$STATE/.$container.lock"
    flock -n 9
    mv "$STATE/.$container.lock" "$STATE/$container.lock"
    # shellcheck disable=SC2064 # the container's name is known now
    trap "forget_container $container" EXIT
    buildah from --pull-never --name "$container" "$image" >/dev/null
    tree=$(buildah mount "$container")
    local image_environment
    mapfile -t image_environment < <(
        buildah inspect --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "$container" | sed '/^$/d'
    )
    environment=("${image_environment[@]}" "${environment[@]}")

    # Whoever kills this script kills the namespace with it, and all that runs in it.
    # shellcheck disable=SC2016 # expanded over there
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL \
        bash -c 'source "$1"; enter "${@:2}"' box "${BASH_SOURCE[0]}" \
        "$tree" "$workdir" "${#mounts[@]}" "${mounts[@]}" "${HOST_CA:+$HOST_CA:$BOX_CA}" \
        "${#environment[@]}" "${environment[@]}" "$ROOT/dev/init.py" "$@" <&0 &
    local runner=$!
    trap 'forward TERM "$runner"' TERM
    trap 'forward HUP "$runner"' HUP
    # A terminal sends its interrupt to the command as well as to us.
    trap '{ : </dev/tty; } 2>/dev/null || forward INT "$runner"' INT
    # A trapped signal ends the wait early.
    while :; do
        status=0
        wait "$runner" || status=$?
        kill -0 "$runner" 2>/dev/null || break
    done
    exit "$status"
}

# The namespace's first process is the only child of unshare.
forward() {
    local first
    first=$(cat "/proc/$2/task/$2/children" 2>/dev/null) || true
    [[ -z $first ]] || kill -s "$1" "${first%% *}" 2>/dev/null || true
}

# enter TREE WORKDIR N MOUNT… CA:PLACE M NAME=VALUE… INIT CMD…: the first process of the namespaces.
enter() {
    set -euo pipefail
    local tree=$1 workdir=$2 count=$3 mount ca
    shift 3
    for mount in "${@:1:count}"; do
        mkdir -p "$tree$mount"
        mount --bind "$mount" "$tree$mount"
    done
    shift "$count"
    ca=$1
    shift
    if [[ -n $ca ]]; then bind_file "${ca%%:*}" "$tree${ca#*:}"; fi
    bind_file /etc/resolv.conf "$tree/etc/resolv.conf"
    bind_file /etc/hosts "$tree/etc/hosts"
    mount -t proc proc "$tree/proc"
    mount --rbind /sys "$tree/sys"
    mount --rbind /dev "$tree/dev"
    mount -t tmpfs -o mode=1777 shm "$tree/dev/shm"
    count=$1
    shift
    exec chroot "$tree" /usr/bin/env -i -C "$workdir" "${@:1:count}" /usr/bin/python3 -IS "${@:count+1}"
}

bind_file() {
    [[ -e $2 ]] || : >"$2"
    mount --bind -o ro "$(readlink -f "$1")" "$2"
}

forget_container() {
    buildah rm "$1" &>/dev/null || true
    rm -f "$STATE/$1.lock"
}

# What a killed run left behind.
forget_dead_containers() {
    local lock
    for lock in "$STATE"/voice-processor-box-*.lock; do
        [[ -e $lock ]] || continue
        (
            exec 7<"$lock"
            flock -n 7 && forget_container "$(basename "$lock" .lock)"
        ) || true
    done
}
