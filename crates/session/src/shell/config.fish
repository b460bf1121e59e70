# Written by Daypass for one session; it goes with it. Your own settings came before.
function __daypass_left
    set -l ends
    if not test -d "$DAYPASS_SESSION_FOLDER"
        echo over
        return
    end
    builtin read ends <"$DAYPASS_SESSION_FOLDER/ends" 2>/dev/null
    if test -z "$ends"
        echo 'open end'
        return
    end
    set -l left (math $ends - (command date +%s))
    if test $left -le 0
        echo over
    else if test $left -ge 120
        echo (math --scale=0 $left / 60)m
    else
        echo {$left}s
    end
end

if functions --query fish_prompt
    functions --copy fish_prompt __daypass_users_prompt
else
    function __daypass_users_prompt
        echo '> '
    end
end

function fish_prompt
    set -l users_status $status
    set -l account (string replace '.iam.gserviceaccount.com' '' -- "$DAYPASS_SESSION_ACCOUNT")
    set_color --bold yellow
    echo -n "[$account "(__daypass_left)"] "
    set_color normal
    sh -c "exit $users_status"
    __daypass_users_prompt
end
