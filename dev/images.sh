# shellcheck shell=bash
# The images of script/box: their names, and how they are built where they are missing. Sourced, not run.

export STORAGE_DRIVER=${STORAGE_DRIVER:-overlay} BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker
PREFIX=localhost/voice-processor
STATE=${XDG_CACHE_HOME:-$HOME/.cache}/voice-processor-box
KEPT_IMAGES=4 # of each kind: other work trees may need other versions of them

# A host with its own certificates hands them to builds and runs; they stay out of the images.
HOST_CA=${SSL_CERT_FILE:-${PIP_CERT:-}}
[[ -r $HOST_CA ]] || HOST_CA=
BOX_CA=/usr/local/host-ca.crt

fail() {
    echo "script/box: $*" >&2
    exit 1
}

choose_engine() {
    ENGINE=${BOX_ENGINE:-}
    if [[ -n $ENGINE ]]; then
        :
    elif docker version --format '{{.Server.Version}}' &>/dev/null; then
        ENGINE=docker
    elif ((EUID == 0)) && [[ -e /etc/debian_version ]] && command -v apt-get >/dev/null; then
        ENGINE=buildah
    elif podman info &>/dev/null; then
        ENGINE=podman
    else
        fail "needs one of: a docker daemon that answers; podman; Debian or Ubuntu as root (installs buildah itself)"
    fi
    mkdir -p "$STATE"
}

digest() { (cd "$ROOT" && sha256sum "$@" | sha256sum | cut -c1-12); }

# Tags say what an image was made of. The engine's source counts only for the image that holds it.
image_name() {
    case $1 in
        runtime) echo "$PREFIX-runtime:$(digest addon/Dockerfile)" ;;
        dev) echo "$PREFIX-dev:$(digest addon/Dockerfile dev/Dockerfile dev/requirements-*.lock)" ;;
        app)
            local context
            mapfile -d '' context < <(cd "$ROOT" && find addon -name __pycache__ -prune -o -type f -print0 | sort -z)
            echo "$PREFIX-app:$(digest "${context[@]}")"
            ;;
    esac
}

have_image() {
    if [[ $ENGINE == buildah ]]; then
        command -v buildah >/dev/null && buildah inspect --type image "$1" &>/dev/null
    else
        "$ENGINE" image inspect "$1" &>/dev/null
    fi
}

# step NAME CMD…: runs CMD with its output in a log, tells how long it takes, and shows the log's end when it fails.
step() {
    local name=$1 log start=$SECONDS status=0 told=0
    shift
    log=$STATE/${name// /-}.log
    echo "── $name (log: $log)" >&2
    "$@" &>"$log" </dev/null 8>&- &
    local worker=$!
    while kill -0 "$worker" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS - start >= told + 15)); then
            told=$((SECONDS - start))
            printf '   %4ds  %.100s\n' "$told" "$(tail -n 1 "$log" | tr -d '\r')" >&2
        fi
    done
    wait "$worker" || status=$?
    if ((status)); then
        tail -n 40 "$log" >&2
        fail "$name failed after $((SECONDS - start)) s; the whole log: $log"
    fi
    printf '   done in %d s\n' $((SECONDS - start)) >&2
}

build_images() {
    # One builder at a time; who waited finds the work done.
    exec 8>"$STATE/build.lock"
    flock -n 8 || { echo "── waiting for another build" >&2 && flock 8; }
    if [[ $ENGINE == buildah ]]; then
        prepare_buildah
    fi
    local runtime dev app
    runtime=$(image_name runtime) dev=$(image_name dev) app=$(image_name app)
    have_image "$runtime" || step "runtime image" build -t "$runtime" --target runtime "$ROOT/addon"
    if [[ $1 == dev ]] && ! have_image "$dev"; then
        step "development image" build -t "$dev" --build-arg "RUNTIME=$runtime" "$ROOT/dev"
    elif [[ $1 == app ]] && ! have_image "$app"; then
        step "app image" build -t "$app" "$ROOT/addon"
    fi
    prune_images
    exec 8>&-
}

build() {
    if [[ $ENGINE == docker ]]; then
        docker build --progress plain "$@"
        return
    fi
    local options=(--layers --force-rm --pull-never)
    [[ $ENGINE == buildah ]] || options=(--layers)
    if [[ -n $HOST_CA ]]; then
        options+=(--volume "$HOST_CA:$BOX_CA:ro" --env "PIP_CERT=$BOX_CA" --env "SSL_CERT_FILE=$BOX_CA")
    fi
    "$ENGINE" build "${options[@]}" "$@"
}

# Layers stay cached; only old names go. An image in use cannot be removed and is left for the next time.
prune_images() {
    local kind old
    for kind in runtime dev app; do
        list_images "$PREFIX-$kind" | tail -n "+$((KEPT_IMAGES + 1))" | while read -r old; do
            "$ENGINE" rmi "$old" &>/dev/null || true
        done
    done
}

# Newest first, as every engine lists them.
list_images() {
    if [[ $ENGINE == buildah ]]; then
        buildah images --format '{{.Name}}:{{.Tag}}' "$1"
    else
        "$ENGINE" images --format '{{.Repository}}:{{.Tag}}' "$1"
    fi 2>/dev/null || true
}

prepare_buildah() {
    if ! command -v buildah >/dev/null || ! command -v debootstrap >/dev/null; then
        step "installing buildah" install_buildah
    fi
    buildah inspect --type image debian:forky-slim &>/dev/null || step "base image" make_base
}

install_buildah() {
    apt-get update -o Acquire::Check-Valid-Until=false
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends buildah debootstrap
}

# Debian's slim image, made from the mirror that this machine's own apt uses, for where no registry can be reached.
make_base() {
    local mirror container tree
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || { apt-get update -o Acquire::Check-Valid-Until=false && mirror=$(debian_mirror); }
    [[ -n $mirror ]] || fail "apt's sources name no Debian mirror"
    container=$(buildah from --name "voice-processor-base-$$" scratch)
    # shellcheck disable=SC2064 # the container's name is known now
    trap "buildah rm $container >/dev/null" EXIT
    tree=$(buildah mount "$container")
    # The last word is the recipe: an older debootstrap does not know forky by name.
    debootstrap --variant=minbase --no-check-gpg forky "$tree" "$mirror" sid
    rm -rf "$tree"/var/cache/apt/*.bin "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/* \
        "$tree"/usr/share/{doc,man,info,locale}/*
    {
        # A mirror that stands still has release files past their date.
        echo 'Acquire::Check-Valid-Until "false";'
        # As in the image that a registry would give: no package files stay behind.
        echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };'
        echo 'APT::Keep-Downloaded-Packages "false";'
        echo 'APT::Sandbox::User "root";'
        [[ -z $HOST_CA ]] || echo "Acquire::https::CAInfo \"$BOX_CA\";"
    } >"$tree/etc/apt/apt.conf.d/90box"
    printf 'path-exclude /usr/share/%s/*\n' doc man info locale >"$tree/etc/dpkg/dpkg.cfg.d/slim"
    buildah umount "$container"
    buildah commit "$container" debian:forky-slim
}

# Both formats of apt's sources are apt's to read.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1
}

run_in_container() {
    local options=(--rm --interactive --init=false --network host --entrypoint "" --workdir "$workdir" --shm-size 1g
        --ulimit "nofile=$files:$files") item
    [[ ! -t 0 || ! -t 1 ]] || options+=(--tty)
    for item in "${mounts[@]}"; do options+=(--volume "$item:$item"); done
    for item in "${environment[@]}"; do options+=(--env "$item"); done
    [[ -z $HOST_CA ]] || options+=(--volume "$HOST_CA:$BOX_CA:ro")
    exec "$ENGINE" run "${options[@]}" "$image" /usr/bin/python3 -IS "$ROOT/dev/init.py" "$@"
}
