# shellcheck shell=sh
# Runs a control plane's servers for as long as the test process lives.
#
# Its standard input is a pipe that only the test process holds. However that process
# ends, the pipe closes, `read` fails, and everything goes: servers, then the folder.
# usage: sh supervisor.sh FOLDER; then lines "start NAME", "stop NAME" (kill -9) and
# "end NAME" (SIGTERM), where FOLDER/NAME.sh becomes the server.
folder=$1
names=
cd "$folder" || exit 1

# Waits until a server that was told to start has either a process id or an exit code;
# a server without a trace (full disk) ends with the whole process group.
settle() {
    turns=0
    until [ -f "$1.pid" ] || [ -f "$1.exit" ]; do
        turns=$((turns + 1))
        [ $turns -gt 500 ] && kill -9 0
        sleep 0.01
    done
}

finish() {
    settle "$1"
    [ -f "$1.pid" ] && kill -9 "$(cat "$1.pid")"
}

end() {
    trap '' HUP INT TERM
    for name in $names; do
        finish "$name"
    done
    wait
    cd /
    rm -rf "$folder"
    exit 0
}
trap end HUP INT TERM

while read -r verb name; do
    case $verb in
    start)
        names="$names $name"
        rm -f "$name.exit"
        # A subshell per server waits for it, so that its early death can be seen.
        (
            trap - HUP INT TERM
            sh "$name.sh" </dev/null >>"$name.log" 2>&1 &
            echo $! >"$name.pid.new"
            mv "$name.pid.new" "$name.pid"
            wait $!
            status=$?
            rm -f "$name.pid"
            echo "$status" >"$name.exit.new"
            mv "$name.exit.new" "$name.exit"
        ) &
        ;;
    stop)
        finish "$name"
        ;;
    end)
        settle "$name"
        [ -f "$name.pid" ] && kill -TERM "$(cat "$name.pid")"
        ;;
    esac
done
end
