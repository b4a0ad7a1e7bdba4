"""Every check: what is looked at, and what helps where it is not well."""

from rpkpy.doctor.checks import cluster, installation, local, profile, project, toolchains
from rpkpy.doctor.model import Check

_ENABLE = "rpkpy cluster config set data_transforms_enabled true, then restart the brokers."
_RESERVE = (
    "Raise data_transforms_per_core_memory_reservation (restart needed), or delete a transform: rpkpy transform delete."
)
_UPGRADE = "Upgrade the brokers, or build with an older SDK."
_ANSWER = "Is the cluster running? Look at the addresses: rpkpy profile print."

# id, area, what is so when all is well, the function that looks, what helps (unless the finding knows better)
CHECKS = (
    Check("python", "rpkpy", "Python 3.11 or newer", installation.python, "Install a newer Python."),
    Check("libraries", "rpkpy", "libraries as rpkpy needs them", installation.libraries, "pip install --upgrade rpkpy"),
    Check("extras", "rpkpy", "extras are whole", installation.extras, 'pip install --upgrade "rpkpy[NAME]"'),
    Check("terminal", "rpkpy", "output is UTF-8", installation.terminal, "Set LC_ALL=C.UTF-8 or PYTHONUTF8=1."),
    Check("folders", "rpkpy", "folders can be written", installation.folders, "Make it writable, or set the variable."),
    Check("module-cache", "rpkpy", "compiled modules are usable", installation.module_cache, "rpkpy doctor --fix"),
    Check("manifest", "project", "transform.yaml is understood", project.manifest, "Correct transform.yaml."),
    Check("toolchain", "project", "the language's tools are here", toolchains.tools, "rpkpy toolchain list"),
    Check("versions", "project", "no tool is known to be bad", toolchains.versions, "Install another version."),
    Check("runtimes", "project", "interpreters are here", toolchains.runtimes, "rpkpy doctor --fix"),
    Check("module", "project", "built from the sources as they are", project.module, "rpkpy transform build"),
    Check("verdict", "project", "a broker takes the module", project.verdict, "rpkpy transform validate"),
    Check("rpk-yaml", "profile", "rpk.yaml can be read", profile.file, "rpkpy profile edit, or correct the file."),
    Check("permissions", "profile", "secrets are the owner's alone", profile.permissions, "rpkpy doctor --fix"),
    Check("settings", "profile", "the settings lead to a cluster", profile.selected, "rpkpy profile list"),
    Check("kafka", "cluster", "the Kafka API answers", cluster.kafka, _ANSWER),
    Check("admin", "cluster", "the Admin API answers", cluster.admin, _ANSWER),
    Check("registry", "cluster", "the schema registry is there", cluster.registry),
    Check("enabled", "cluster", "transforms are enabled", cluster.enabled, _ENABLE),
    Check("reservation", "cluster", "there is memory for one more", cluster.reservation, _RESERVE),
    Check("release", "cluster", "brokers have what the module imports", cluster.release, _UPGRADE),
    Check("limits", "cluster", "it gives what the project states", cluster.limits),
    Check("topics", "cluster", "the project's topics exist", cluster.topics),
    Check("transforms", "cluster", "what is deployed runs", cluster.transforms),
    Check("java", "local", "a Java for Kafka is here", local.java),
    Check("jars", "local", "Kafka's jars are whole", local.jars, "rpkpy doctor --fix"),
    Check("processes", "local", "recorded processes run", local.processes, "rpkpy doctor --fix"),
)
