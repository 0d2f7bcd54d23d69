"""test_images.py - what goes into images is the same for the same commit, and chosen by itself"""
import os
import re
import subprocess

from lib.processes import BUILD, REPOSITORY

PROGRAM = "tokensvc"


def stripped(program, target):
    """Its bytes as an image holds them, but for the number that the linker makes of debug information,
    where a compiler's cache may have written another folder."""
    subprocess.run(["strip", "-R", ".note.gnu.build-id", "-o", target, program], check=True)
    return target.read_bytes()


def test_a_program_that_is_built_twice_is_the_same(tmp_path):
    again = tmp_path / "again"
    subprocess.run(["make", "-s", "-j2", f"B={again}", f"{again}/{PROGRAM}"], cwd=REPOSITORY,
                   check=True, capture_output=True, env={**os.environ, "MAKEFLAGS": ""})
    assert stripped(again / PROGRAM, tmp_path / "one") == \
        stripped(BUILD / PROGRAM, tmp_path / "other")


def test_images_install_what_their_programs_link_to(tmp_path):
    subprocess.run([REPOSITORY / "deploy/image/collect", BUILD, tmp_path], check=True)
    packages = {path.name: set(path.read_text().split())
                for path in (tmp_path / "packages").iterdir()}
    assert set(packages) == {"common", "gateway", "callsvc", "tokensvc", "robotsvc"}
    assert {"libzmq5", "libmsgpackc2", "libmicrohttpd12"} <= packages["common"]
    assert "libsqlite3-0" in packages["callsvc"] and "libogg0" in packages["robotsvc"]
    assert not packages["common"] & packages["gateway"]
    assert not any("-dev" in name for names in packages.values() for name in names)


def test_every_image_has_a_number_for_a_user_and_a_check_of_its_health():
    text = (REPOSITORY / "deploy/Dockerfile").read_text()
    assert "# syntax=" not in text
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    for stage in stages:
        name = re.match(r"\S+ AS (\w+)", stage)[1]
        if name == "build":
            continue
        assert re.findall(r"^USER (.*)", stage, re.M)[-1] == "10001:10001", name
        if name not in ("runtime", "setup"):
            assert "HEALTHCHECK" in stage and re.search(r'^ENTRYPOINT \["/', stage, re.M), name
