"""Where the transform commands differ from rpk's on purpose."""

from tests.cli.wire.difference import Difference, Instead, same
from tests.cli.wire.recorded import Exchange

_TABLE = "tests/cli/wire/test_transform.py::test_as_recorded"
_DEPLOY = Exchange(server=None, method="POST", path="/v1/transform/deploy")
_LIST = Exchange(method="GET", path="/v1/transform/", answer=[])
_DEPLOYED = 'transform "up" deployed.\n'

OUTPUT = (
    Difference(
        name="exit-codes",
        rpk="Every failure ends with exit code 1.",
        rpkpy="The exit code says which kind of failure: 2 usage, 3 invalid, 4 credentials, 5 no answer, 6 refused.",
        why="A script can tell a broker that is down from a module that is wrong.",
        runs=same(
            """build_badlang cfg_profile_create_dup cfg_profile_delete_missing cfg_profile_missing cfg_profile_set_bad
            cfg_profile_use_missing cfg_version_new delete_prompt_eof deploy_extra_arg deploy_file_is_dir
            deploy_from_offset_bad_num deploy_from_offset_bad_prefix deploy_from_offset_float
            deploy_missing_default_file deploy_missing_file deploy_no_input_topic deploy_no_input_topic_piped
            deploy_var_bad_emptykey deploy_var_bad_novalue deploy_yaml_notopics list_d_format_empty list_extra_arg
            logs_bad_since logs_no_arg logs_tail_follow pause_no_arg
            cloud_deploy cloud_pause_guessed_admin cloud_select_prompt_notty""",
            Instead(exit=2),
        )
        | same("deploy_empty_wasm deploy_not_wasm deploy_from_url_notwasm", Instead(exit=3))
        | same("deploy_err_401 list_err_403 cloud_deploy_err_401 cloud_login_cc_denied", Instead(exit=4))
        | same(
            """cfg_brokers_only cfg_env_beats_profile cfg_not_rpk_yaml cfg_profile_flag deploy_err_close list_body_empty
            tls_mismatch unreachable_default unreachable_delete unreachable_deploy unreachable_pause
            unreachable_two_hosts unreachable_two_hosts_deploy cloud_pause""",
            Instead(exit=5),
        )
        | same(
            """delete_404 delete_err_400_json delete_err_404 delete_err_503 deploy_err_400_json
            deploy_err_400_jsonnomsg deploy_err_400_plain deploy_err_413 deploy_err_500 deploy_err_503
            deploy_from_url_404 pause_err_404 pause_err_500 three_nodes_deploy_leader_503
            three_nodes_deploy_no_leader cloud_deploy_err_404""",
            Instead(exit=6),
        ),
    ),
    Difference(
        name="error-texts",
        rpk="An error is one line with the request and the quoted body, or a usage text of a screen.",
        rpkpy="An error is up to three lines, `Error:`, `Cause:` and `Fix:`; the first says what the cluster said.",
        why="What to do next is what the reader needs.",
        shown_by=_TABLE,
    ),
    Difference(
        name="no-question-without-a-terminal",
        rpk="Draws its question on standard output even where nobody can answer.",
        rpkpy="Asks on a terminal alone; elsewhere it names the flag that answers.",
        why="A job in CI must neither wait nor fill its output with control characters.",
        runs=same("delete_prompt_eof", Instead(stdout="", said="--no-confirm"))
        | same(
            "deploy_no_input_topic deploy_no_input_topic_piped deploy_yaml_notopics",
            Instead(stdout="", said="--input-topic"),
        ),
    ),
    Difference(
        name="json-and-yaml",
        rpk="JSON escapes `<`, `>` and `&`; YAML ends with an empty line.",
        rpkpy="The same data without either.",
        why="Every parser reads both; people read one more easily.",
        runs=same("list_d_format_json list_format_json list_d_format_yaml list_empty_yaml logs_json", Instead()),
    ),
    Difference(
        name="format-in-capitals",
        rpk="`--format JSON` is refused.",
        rpkpy="Formats are taken in any case.",
        why="It can only mean one thing.",
        shown_by="tests/cli/transform/test_list.py::test_formats_in_upper_case",
    ),
    Difference(
        name="format-before-request",
        rpk="Asks the cluster, then finds that it cannot print in the format that was named.",
        rpkpy="Looks at the format first; nothing is asked.",
        why="A mistake in the command line should not need a cluster to be found.",
        runs={"list_d_format_empty": Instead(exchanges=[], said="--format")},
    ),
    Difference(
        name="next-steps",
        rpk="A deployment prints one line.",
        rpkpy="The same line on standard output; warnings and the next steps go to standard error.",
        why="Scripts read standard output, people both.",
        shown_by="tests/cli/transform/test_deploy.py::test_the_project_as_it_stands",
    ),
)

REQUESTS = (
    Difference(
        name="no-licence-probes",
        rpk="Asks `/v1/features/enterprise` and `/v1/features/license` before each command, and warns of a licence.",
        rpkpy="Sends what the command needs.",
        why="Two requests less, and up to six seconds less where the first host is down.",
        runs=same("list_features_404 list_features_500 list_features_expired list_features_trial", Instead()),
    ),
    Difference(
        name="request-headers",
        rpk="Sends `User-Agent: Go-http-client/1.1`, `Accept-Encoding: gzip`, and deploys in chunks of unknown length.",
        rpkpy="Sends `User-Agent: rpkpy/VERSION`, `Accept-Encoding: identity`, and deploys with a `Content-Length`.",
        why="The broker's logs say who asked; an answer's size is bounded as it arrives; a cut upload is noticed.",
        shown_by=_TABLE,
    ),
    Difference(
        name="leader-questions",
        rpk="Asks for the controller's leader twice, asks every host who it is, and does so for `list` too.",
        rpkpy="Asks once, for deploy and delete alone, and stops when the leader is found.",
        why="A host that hangs is not waited for once the leader is known.",
        runs=same("three_nodes_deploy three_nodes_delete three_nodes_list three_nodes_deploy_no_leader", Instead()),
    ),
    Difference(
        name="leader-unknown",
        rpk="A leader that none of the hosts is ends the deployment after 36 seconds.",
        rpkpy="Sends the deployment to a host that answers.",
        why="A broker hands a transform's change on to the leader itself.",
        runs={"three_nodes_deploy_leader_unknown_id": Instead(exit=0, stdout=_DEPLOYED, exchanges=[_DEPLOY])},
    ),
    Difference(
        name="deploy-once",
        rpk="Where no host says who it is, the deployment is sent to all of them.",
        rpkpy="It is sent to one.",
        why="The others would each deploy it again, which resets a pause.",
        runs={"three_nodes_deploy_no_node_config": Instead(exchanges=[_DEPLOY])},
    ),
    Difference(
        name="refused-before-sending",
        rpk="Sends a compression the broker does not know, and an offset below zero.",
        rpkpy="Refuses them; nothing is sent.",
        why="The broker refuses them too, but only after it has stored the module.",
        runs=same(
            "deploy_compression_bogus deploy_compression_producer",
            Instead(exit=2, stdout="", exchanges=[], said="not a compression"),
        )
        | same("deploy_from_offset_plusneg", Instead(exit=2, stdout="", exchanges=[], said="not a start offset")),
    ),
    Difference(
        name="validated-before-sending",
        rpk="Sends any file that begins as a module does, whatever its size.",
        rpkpy="Judges the module as the broker would, and looks up the topics; `--no-validate` sends it all the same.",
        why="The broker names neither the rule nor the topic, and stores the module before it refuses.",
        shown_by="tests/cli/transform/test_deploy.py::test_a_module_the_broker_would_refuse",
    ),
    Difference(
        name="from-offset-of-the-project",
        rpk="Ignores `from-offset` in transform.yaml.",
        rpkpy="Deploys with it; `--from-offset` goes before it.",
        why="What stands in the file is meant.",
        shown_by="tests/cli/transform/test_deploy.py::test_the_project_as_it_stands",
    ),
    Difference(
        name="several-inputs",
        rpk="Of several `--input-topic` the last is taken; `input-topics:` in transform.yaml is passed over.",
        rpkpy="Each makes a transform of its own, `NAME-TOPIC`.",
        why="A transform reads one topic, and who names several means them all.",
        shown_by="tests/cli/transform/test_fan_in.py::test_several_inputs_by_flags_alone",
    ),
    Difference(
        name="nothing-to-deploy",
        rpk="Sends every deployment.",
        rpkpy="Where this machine deployed the same last, it asks for the list, and sends nothing if nothing differs "
        "and every partition runs; `--force` sends it all the same.",
        why="A deployment restarts the transform.",
        shown_by="tests/cli/transform/test_deploy_planned.py::test_no_change_is_said_and_not_sent",
    ),
    Difference(
        name="name-of-the-project",
        rpk="`pause`, `resume`, `delete` and `logs` need a name.",
        rpkpy="Without a name they mean the project of the current folder.",
        why="As `deploy` does.",
        runs=same("pause_no_arg logs_no_arg", Instead(said="Which transform is meant?")),
    ),
    Difference(
        name="time-limit",
        rpk="Each attempt has ten seconds; a command against hosts that hang takes a minute and more.",
        rpkpy="`globals.command_timeout` (10 s) bounds the whole command, its attempts and pauses; a host that hangs "
        "leaves time for the others. An upload gets a second more for each 256 KiB.",
        why="A command ends when it was said to.",
        shown_by="tests/redpanda/test_http.py::test_a_host_that_never_answers_leaves_time_for_the_next",
    ),
    Difference(
        name="redirects",
        rpk="Follows a redirect with the credentials to any host of the same domain; a 301 or 302 turns a deployment "
        "into a GET.",
        rpkpy="Follows at most 5; credentials go to hosts that the settings name alone, and never from https to "
        "http. A 301 or 302 of anything but a GET is an error.",
        why="A redirect must not be able to fetch a password.",
        shown_by="tests/redpanda/test_http.py::test_credentials_go_to_named_hosts_alone",
    ),
)

TLS = (
    Difference(
        name="tls-enabled-false",
        rpk="`-X admin.tls.enabled=false` turns TLS on, as any value does.",
        rpkpy="`false` means off.",
        why="It says so.",
        runs={
            "cfg_tls_enabled_false": Instead(
                exit=0, stdout="NAME  INPUT TOPIC  OUTPUT TOPIC  RUNNING  LAG\n", exchanges=[_LIST]
            )
        },
    ),
)
