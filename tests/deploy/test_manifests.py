"""test_manifests.py - what kubectl makes of deploy/kubernetes, in every combination"""
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

from lib.processes import BUILD, REPOSITORY

FOLDER = REPOSITORY / "deploy/kubernetes"
VALIDATOR = REPOSITORY.parent / "shared/tools/k8s-validate"
COMPONENTS = sorted(path.name for path in (FOLDER / "components").iterdir())
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
CUSTOM = {"PodMonitor"}  # kinds that the Kubernetes API does not have


def why_no_kustomize():
    """A reason to skip, or an empty text."""
    if not shutil.which("kubectl"):
        return "needs kubectl"
    said = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True,
                          check=False).stdout
    version = re.search(r"Kustomize Version: v(\d+)", said)
    return "" if version and int(version[1]) >= 4 else "needs a kubectl that knows components: 1.21"


pytestmark = pytest.mark.skipif(why_no_kustomize() != "", reason=why_no_kustomize())


def included(overlay):
    """The components that it has itself."""
    text = (FOLDER / "overlays" / overlay / "kustomization.yaml").read_text()
    return {pathlib.Path(path).name for path in yaml.safe_load(text).get("components", ())}


def combinations():
    """Each overlay with each set of the components that it lacks."""
    for overlay in OVERLAYS:
        others = [name for name in COMPONENTS if name not in included(overlay)]
        for count in range(len(others) + 1):
            for added in itertools.combinations(others, count):
                yield overlay, added


def kustomize(folder):
    """The documents that it builds."""
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(name="documents", scope="module", params=combinations(),
                ids=lambda wanted: "+".join((wanted[0], *wanted[1])))
def documents_of_combination(request):
    """An overlay and components, built as a user would build them."""
    overlay, added = request.param
    folder = BUILD / "kubernetes" / "+".join((overlay, *added))
    folder.mkdir(parents=True, exist_ok=True)

    def relative(name):
        return os.path.relpath(FOLDER / name, folder)
    (folder / "kustomization.yaml").write_text(json.dumps({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": [relative(f"overlays/{overlay}")],
        "components": [relative(f"components/{name}") for name in added]}))
    return kustomize(folder)


def of_kind(documents, *kinds):
    """Those of these kinds."""
    return [document for document in documents if document["kind"] in kinds]


def name_of(document):
    """For messages."""
    return f"{document['kind']} {document['metadata']['name']}"


def templates(documents):
    """(workload, its pods' template) of all that make pods."""
    return [(document, document["spec"]["template"])
            for document in of_kind(documents, "Deployment", "StatefulSet", "DaemonSet", "Job")]


def containers(documents):
    """(workload, pod spec, container) of all."""
    return [(workload, template["spec"], container) for workload, template in templates(documents)
            for container in template["spec"]["containers"]]


def fits(selector, labels):
    """A label selector, as the API defines it."""
    for name, value in (selector.get("matchLabels") or {}).items():
        if labels.get(name) != value:
            return False
    for rule in selector.get("matchExpressions") or ():
        assert rule["operator"] == "In", rule
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def selected(documents, namespace, selector):
    """The workloads whose pods it selects."""
    return [(workload, template) for workload, template in templates(documents)
            if workload["metadata"]["namespace"] == namespace
            and fits(selector, template["metadata"]["labels"])]


def port_names(template):
    """Names and numbers of its containers' ports."""
    return {known for container in template["spec"]["containers"] for port in container["ports"]
            for known in (port["name"], port["containerPort"])}


def test_every_container_is_confined(documents):
    for workload, pod, container in containers(documents):
        context = {**pod["securityContext"], **container["securityContext"]}
        assert context["runAsNonRoot"] is True and context["runAsUser"] > 0, name_of(workload)
        assert context["readOnlyRootFilesystem"] is True, name_of(workload)
        assert context["allowPrivilegeEscalation"] is False, name_of(workload)
        assert context["capabilities"] == {"drop": ["ALL"]}, name_of(workload)
        assert context["seccompProfile"]["type"] == "RuntimeDefault", name_of(workload)
        assert pod["automountServiceAccountToken"] is False, name_of(workload)


def test_every_container_says_what_it_needs(documents):
    for workload, _, container in containers(documents):
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name_of(workload)
        assert "memory" in container["resources"]["limits"], name_of(workload)


def test_every_container_is_probed_and_liveness_asks_no_dependency(documents):
    for workload, _, container in containers(documents):
        paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"]
                 for kind in ("startup", "liveness", "readiness")}
        if workload["metadata"]["name"] == "janus":
            assert set(paths.values()) == {"/janus/info"}
        else:
            assert paths == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}


def test_probes_ask_ports_that_are_there(documents):
    for workload, pod, container in containers(documents):
        for kind in ("startup", "liveness", "readiness"):
            port = container[f"{kind}Probe"]["httpGet"]["port"]
            assert port in port_names({"spec": pod}), f"{name_of(workload)}: {port}"


def test_only_janus_is_on_the_hosts_network_and_its_namespace_alone_may(documents):
    for workload, template in templates(documents):
        is_janus = workload["metadata"]["name"] == "janus"
        assert template["spec"].get("hostNetwork", False) is is_janus, name_of(workload)
    for namespace in of_kind(documents, "Namespace"):
        level = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        assert (level == "privileged") == (namespace["metadata"]["name"] == "dapi-media")
        assert level in ("privileged", "restricted")


def test_selectors_of_services_and_budgets_match_pods(documents):
    for document in of_kind(documents, "Service"):
        found = selected(documents, document["metadata"]["namespace"],
                         {"matchLabels": document["spec"]["selector"]})
        assert len(found) == 1, name_of(document)
        for port in document["spec"]["ports"]:
            assert port["targetPort"] in port_names(found[0][1]), name_of(document)
    for document in of_kind(documents, "PodDisruptionBudget", "PodMonitor"):
        assert selected(documents, document["metadata"]["namespace"],
                        document["spec"]["selector"]), name_of(document)


def test_every_workload_has_a_budget_and_an_account(documents):
    budgets = {document["metadata"]["name"]
               for document in of_kind(documents, "PodDisruptionBudget")}
    accounts = {document["metadata"]["name"] for document in of_kind(documents, "ServiceAccount")}
    for workload, template in templates(documents):
        assert workload["metadata"]["name"] in budgets, name_of(workload)
        assert template["spec"]["serviceAccountName"] in accounts, name_of(workload)


def policy_edges(documents):
    """(policy, selector of the pods that listen, ports) of all rules between pods."""
    for policy in of_kind(documents, "NetworkPolicy"):
        own = policy["spec"]["podSelector"]
        for rule in policy["spec"].get("ingress") or ():
            yield policy, own, rule["ports"]
        for rule in policy["spec"].get("egress") or ():
            for peer in rule.get("to") or ():
                if "podSelector" in peer:
                    yield policy, peer["podSelector"], rule["ports"]


def test_ports_of_network_policies_are_there(documents):
    for policy, selector, ports in policy_edges(documents):
        found = selected(documents, policy["metadata"]["namespace"], selector)
        assert found, name_of(policy)
        for port in ports:
            for _, template in found:
                assert port["port"] in port_names(template), f"{name_of(policy)}: {port}"


def test_what_a_service_is_told_to_ask_may_be_asked(documents):
    """Each bus endpoint of the settings is an egress of the gateway, and an ingress over there."""
    edges = {(policy["metadata"]["name"], selector.get("matchLabels", {}).get(
        "app.kubernetes.io/name"), port["port"])
             for policy, selector, ports in policy_edges(documents) for port in ports}
    settings = settings_of(documents)
    for name in ("DAPI_CALLSVC", "DAPI_CALLSVC_EVENTS", "DAPI_TOKENSVC", "DAPI_ROBOTSVC"):
        host, port = re.fullmatch(r"tcp://(\w+):(\d+)", settings[name]).groups()
        service, = (document for document in of_kind(documents, "Service")
                    if document["metadata"]["name"] == host)
        target, = (known["targetPort"] for known in service["spec"]["ports"]
                   if known["port"] == int(port))
        assert service["spec"]["clusterIP"] == "None", host
        assert ("gateway", host, target) in edges and (host, host, target) in edges


def settings_of(documents):
    """The one ConfigMap's."""
    config, = of_kind(documents, "ConfigMap")
    assert re.fullmatch(r"dapi-settings-\w{10}", config["metadata"]["name"])  # a hash: it rolls out
    return config["data"]


def test_there_is_time_to_drain(documents):
    settings = settings_of(documents)
    seconds = (int(settings["DAPI_LINGER_MS"]) + int(settings["DAPI_DRAIN_MS"])) / 1000
    for workload, template in templates(documents):
        if workload["metadata"]["name"] != "janus":
            assert template["spec"]["terminationGracePeriodSeconds"] > seconds + 2


def test_sqlite_has_one_owner(documents):
    callsvc, = (workload for workload, _ in templates(documents)
                if workload["metadata"]["name"] == "callsvc")
    assert callsvc["spec"]["replicas"] == 1 and callsvc["spec"]["strategy"]["type"] == "Recreate"
    claim, = of_kind(documents, "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_what_is_scaled_by_need_has_no_fixed_number(documents):
    scaled = {document["spec"]["scaleTargetRef"]["name"]
              for document in of_kind(documents, "HorizontalPodAutoscaler")}
    for workload, _ in templates(documents):
        assert ("replicas" in workload["spec"]) != (workload["metadata"]["name"] in scaled)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlays_have_no_custom_kinds(overlay):
    assert not of_kind(kustomize(FOLDER / "overlays" / overlay), *CUSTOM)


def test_custom_kinds_are_what_their_operators_expect(documents):
    """No schema of theirs is at hand: what is read of it is looked at here."""
    for document in of_kind(documents, "PodMonitor"):
        assert document["apiVersion"] == "monitoring.coreos.com/v1"
        assert set(document["spec"]) == {"selector", "podMetricsEndpoints"}
        for endpoint in document["spec"]["podMetricsEndpoints"]:
            assert set(endpoint) == {"port", "path", "interval", "relabelings"}


@pytest.mark.skipif(not VALIDATOR.exists(), reason="the strict validator is not at hand")
def test_the_api_knows_every_field(documents, tmp_path):
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(yaml.safe_dump_all(
        document for document in documents if document["kind"] not in CUSTOM))
    done = subprocess.run([VALIDATOR, manifest], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
