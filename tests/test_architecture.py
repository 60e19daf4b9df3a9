"""The rooms of the house and who may enter which, proved by walking the imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "clipflow"
ENGINE_MAY_IMPORT = {"numpy", "torch", "silero_vad", "opentimelineio", "charset_normalizer", "clipflow.engine"}
# Low to high; a domain imports only those before it, and of them only services and models.
DOMAINS = (
    "jobs", "audit", "configuration", "accounts", "teams", "invitations", "presets", "projects", "tokens", "oidc",
    "provider_keys", "quotas", "categories", "media", "renditions", "links", "analysis", "transcripts", "review",
    "notes", "exports", "library", "administration", "operations",
)  # fmt: skip
# What else of a domain others may use, besides service and models.
PUBLIC = {
    "jobs": {"protocol"},
    "accounts": {"lockouts", "passwords", "registration", "sessions"},
    "media": {"access", "borrowing", "charging", "uploads"},
    "projects": {"access", "sharing"},
    "teams": {"roles"},
    "analysis": {"decisions", "options", "running", "segments", "serialization"},
    "transcripts": {"serialization"},
    "review": {"together"},
    "notes": {"video_refs"},
}
WEB_LIBRARIES = {"flask", "flask_smorest", "flask_jwt_extended", "flask_limiter", "flask_cors", "werkzeug"}
# The parts that are joined into processes; nobody below may know them.
JOINTS = {"clipflow.app", "clipflow.registry", "clipflow.server", "clipflow.shell", "clipflow.web"}
# Libraries that take long to load, or a standard module that only one platform has.
LAZY_IMPORTS = {
    ("engine/check.py", "clipflow.engine.vad.SpeechDetector"),
    ("engine/pipeline.py", "clipflow.engine.vad.SpeechDetector"),
    ("engine/launcher.py", "ctypes"),
    ("resources.py", "clipflow.core.storage.s3.Bucket"),
    ("resources.py", "clipflow.core.storage.s3.S3Storage"),
    ("transcription/client.py", "openai"),
    ("transcription/client.py", "clipflow.transcription.outgoing.guarded_client"),
    ("transcription/encoding.py", "pydub.AudioSegment"),
    ("transcription/encoding.py", "pydub.exceptions.CouldntEncodeError"),
}
# By the name of a file in a domain: what it may never import.
NEVER = {
    "models.py": WEB_LIBRARIES | {"marshmallow", "huey", "clipflow.engine", "clipflow.http"},
    "service.py": WEB_LIBRARIES | {"marshmallow", "huey", "clipflow.http"},
    "tasks.py": WEB_LIBRARIES | {"marshmallow", "clipflow.http"},
    "schemas.py": {"peewee", "huey"},
    "routes.py": {"peewee", "huey", "clipflow.engine"},
}
# Each dangerous or costly thing has one place that does it.
ONLY_IN = {
    "subprocess": {"engine/ffmpeg.py", "server/supervisor.py", "core/dumps.py"},
    "torch": {"engine/vad.py"},
    "opentimelineio": {"engine/timebase.py", "engine/exporters/otio.py"},
    "charset_normalizer": {"engine/transcript/encodings.py"},
    "ctypes": {"engine/launcher.py"},
    "click": {
        "shell/backup.py",
        "shell/main.py",
        "shell/recording.py",
        "shell/report.py",
        "shell/service.py",
        "shell/storage.py",
        "shell/transcripts.py",
        "shell/upload.py",
    },
    "rich": {"shell/report.py"},
    "tabulate": {"shell/report.py"},
    "boto3": {"core/storage/s3.py"},
    "botocore": {"core/storage/s3.py"},
    "s3transfer": {"core/storage/s3.py"},
    "urllib3": {"core/storage/s3.py"},
    "huey": {"core/queue.py"},
    "redis": {"core/queue.py"},
    "waitress": {"server/parser.py", "server/web.py"},
    "bcrypt": {"accounts/passwords.py"},
    "zxcvbn": {"accounts/passwords.py"},
    "jinja2": {"core/letters.py"},
    "cryptography": {"core/crypto.py"},
    "pyotp": {"accounts/second_factor.py"},
    "segno": {"accounts/second_factor.py"},
    "email_validator": {"core/addresses.py"},
    "pebble": {"core/computing.py"},
    "jwt": {"http/authentication.py", "oidc/provider.py"},
    "httpx2": {"shell/remote.py", "oidc/provider.py", "transcription/checking.py", "transcription/outgoing.py"},
    "smtplib": {"core/mail.py"},
    "dotenv": {"config.py"},
    "puremagic": {"media/filetypes.py"},
    "flask_jwt_extended": {"http/authentication.py"},
    "flask_limiter": {"http/rate_limits.py"},
    "flask_cors": {"http/cors.py"},
    "playhouse": {"core/db.py"},
    "openai": {"transcription/client.py"},
    "pydub": {"transcription/encoding.py"},
}


def modules() -> list[str]:
    return sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> tuple[str, ...]:
    """Dotted names that a module imports, wherever in it."""
    return tuple(_imports_within(module, tree_of(module)))


def _imports_within(module: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively: write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("engine/")])
def test_the_engine_knows_nothing_but_its_libraries(module: str) -> None:
    foreign = {
        name
        for name in imports_of(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not is_within(name, ENGINE_MAY_IMPORT)
    }
    assert foreign == set()


def in_domain(domain: str) -> list[str]:
    return [name for name in modules() if name.startswith(f"{domain}/")]


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("core/")])
def test_the_core_knows_no_domain_no_engine_and_no_flask(module: str) -> None:
    imported = set(imports_of(module))
    assert {name for name in imported if is_within(name, WEB_LIBRARIES)} == set()
    assert {name for name in imported if is_within(name, {"clipflow"})} == {
        name for name in imported if is_within(name, {"clipflow.core"})
    }


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("http/")])
def test_what_touches_flask_knows_the_core_and_nothing_else_of_ours(module: str) -> None:
    ours = {name for name in imports_of(module) if is_within(name, {"clipflow"})}
    assert {name for name in ours if not is_within(name, {"clipflow.core", "clipflow.http"})} == set()


@pytest.mark.parametrize("module", modules())
def test_nothing_is_imported_within_a_function_but_what_loads_slowly(module: str) -> None:
    tree = tree_of(module)
    functions = [one for one in ast.walk(tree) if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inner = {(module, name) for function in functions for name in _imports_within(module, function)}
    assert inner <= LAZY_IMPORTS


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("transcription/")])
def test_transcription_knows_the_engine_and_nothing_else_of_ours(module: str) -> None:
    ours = {name for name in imports_of(module) if is_within(name, {"clipflow"})}
    assert {name for name in ours if not is_within(name, {"clipflow.engine", "clipflow.transcription"})} == set()


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_imports_only_lower_ones(domain: str) -> None:
    higher = {f"clipflow.{name}" for name in DOMAINS[DOMAINS.index(domain) + 1 :]} | JOINTS
    for module in in_domain(domain):
        assert {name for name in imports_of(module) if is_within(name, higher)} == set(), module


@pytest.mark.parametrize("domain", DOMAINS)
def test_of_another_domain_only_service_models_and_schemas_are_imported(domain: str) -> None:
    others = {f"clipflow.{name}" for name in DOMAINS if name != domain}
    for module in in_domain(domain):
        for name in imports_of(module):
            if is_within(name, others) and name.count(".") > 1:
                # A schema that shows another domain's things nests that domain's schema.
                allowed = (
                    {"service", "models"}
                    | PUBLIC.get(name.split(".")[1], set())
                    | ({"schemas"} if module.endswith("schemas.py") else set())
                )
                assert name.split(".")[2] in allowed, f"{module} imports {name}"


@pytest.mark.parametrize("module", [f"{domain}/{file}" for domain in DOMAINS for file in NEVER])
def test_a_file_of_a_domain_keeps_to_its_act(module: str) -> None:
    if (PACKAGE / module).exists():
        forbidden = NEVER[module.split("/")[1]]
        assert {name for name in imports_of(module) if is_within(name, forbidden)} == set()


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("web/")])
def test_pages_use_services_and_no_tables(module: str) -> None:
    for name in imports_of(module):
        assert not is_within(name, {"peewee", "huey", "clipflow.engine"}), name
        assert ".models" not in name


def test_only_access_asks_whose_a_project_is() -> None:
    asking = re.compile(r"\.creator(_id)?\b(?!\.)\s*(==|!=|\.in_|<<)|(?<!def )\b(teams_with_roles|shared_with)\(")
    users = {module for module in modules() if asking.search((PACKAGE / module).read_text(encoding="utf-8"))}
    assert users == {"projects/access.py"}


def test_routes_use_their_own_service_and_schemas_only() -> None:
    for domain in DOMAINS:
        module = f"{domain}/routes.py"
        if (PACKAGE / module).exists():
            foreign = {f"clipflow.{name}" for name in DOMAINS if name != domain}
            assert {name for name in imports_of(module) if is_within(name, foreign)} == set(), module


def test_every_folder_is_a_known_room() -> None:
    rooms = {name.split("/")[0] for name in modules() if "/" in name}
    others = {"core", "engine", "http", "migrations", "server", "shell", "transcription", "tuning", "web"}
    assert rooms == others | set(DOMAINS)


# Of a stored file only the storage knows the path; tools of this machine get one for a while.
HOLDERS_OF_PATHS = {
    "app.py", "computing.py", "config.py",
    "administration/set_up.py",  # the token of the first start, in the data folder
    "analysis/running.py", "transcripts/tasks.py", "media/checking.py", "media/scanning.py",
    "media/service.py",  # what local_copy gives them for ffmpeg
    "media/borrowing.py", "renditions/tasks.py",
    "renditions/playing.py",  # the endings of names alone
    "core/clamd.py", "core/db.py", "core/dumps.py", "core/letters.py", "core/mail.py", "core/queue.py",
    "core/temporary.py", "core/storage/local.py",
    "core/storage/both.py", "core/storage/owned.py", "core/storage/protocol.py", "core/storage/copies.py",
    "core/storage/s3.py",
    "http/admission.py", "http/assets.py", "http/docs_pages.py",
    "media/uploads.py", "media/filetypes.py",  # the bundled sample, and names of files
    "operations/backup.py", "operations/moving_files.py",  # a folder and a lock that are not the storage's
    "server/supervisor.py",
}  # fmt: skip


def test_only_the_storage_knows_where_a_stored_file_is() -> None:
    outside = [name for name in modules() if not name.startswith(("engine/", "shell/", "transcription/"))]
    holders = {name for name in outside if any(is_within(one, {"pathlib"}) for one in imports_of(name))}
    assert holders == HOLDERS_OF_PATHS
    for name in outside:
        if not name.startswith("core/storage/"):
            assert "os.fstat" not in (PACKAGE / name).read_text(encoding="utf-8"), name


def test_waitress_is_extended_at_its_parser_alone() -> None:
    extended = set()
    for module in ONLY_IN["waitress"]:
        tree = tree_of(module)
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        extended |= {ast.unparse(base) for node in classes for base in node.bases}
        overridden = {
            function.name
            for node in classes
            if "HTTPRequestParser" in map(ast.unparse, node.bases)
            for function in node.body
            if isinstance(function, ast.FunctionDef)
        }
        ours = {"_body_bytes", "_count_large_body", "_refuse", "is_small_body_late"}
        assert overridden <= {"parse_header", "received"} | ours
    assert extended == {"HTTPRequestParser", "Error", "Exception"}


def test_the_servers_own_code_stays_small() -> None:
    lines = sum(len((PACKAGE / name).read_text().splitlines()) for name in modules() if name.startswith("server/"))
    assert lines <= 450


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_only_in_its_room(library: str) -> None:
    users = {module for module in modules() if any(is_within(name, {library}) for name in imports_of(module))}
    assert users <= ONLY_IN[library]


def test_only_a_few_start_a_media_tool() -> None:
    starters = {"run_tool", "MediaProcess"}
    users = set()
    for module in modules():
        tree = tree_of(module)
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if called & starters:
            users.add(module)
    names = ("encoders", "encoding", "picture_filters", "pictures", "storyboard")
    assert users == {
        "engine/probe.py", "engine/decode.py", "engine/ffmpeg.py", *(f"engine/renditions/{one}.py" for one in names)
    }  # fmt: skip


def test_every_module_says_what_it_is_for() -> None:
    without = [module for module in modules() if not ast.get_docstring(tree_of(module))]
    assert without == []


def test_importing_the_engine_does_not_load_torch() -> None:
    code = "import sys, clipflow.engine, clipflow.shell.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
