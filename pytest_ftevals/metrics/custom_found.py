"""Where custom metrics are found: among the modules that are loaded, or as ``module:function``."""

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from types import ModuleType

from pytest_ftevals.core.canonical import digest
from pytest_ftevals.core.custom_metric import CustomMetric, says_bool
from pytest_ftevals.core.errors import FtevalsError
from pytest_ftevals.core.suggest import did_you_mean
from pytest_ftevals.metrics.options import Options

DECLARED = ("higher_is_better", "points", "binary")
"""What a task file says of a function that no decorator describes."""

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def registered() -> dict[str, CustomMetric]:
    """Return the decorated functions of all loaded modules by name.

    Python's own table of modules is the registry: nothing is kept here, and what an earlier session
    of this process imported is gone with its modules. Raises FtevalsError for two of one name.
    """
    found: dict[str, CustomMetric] = {}
    for _, value in _decorated():
        other = found.setdefault(value.name, value)
        if other.where != value.where:  # a file may be loaded under two module names
            raise FtevalsError(
                f"two metrics are called {value.name!r}: {other.where} and {value.where}",
                fix="Give each a name of its own.",
            )
    return found


def metric_modules() -> tuple[tuple[str, str], ...]:
    """Return the name and the file of every loaded module that defines decorated functions."""
    homes: dict[int, ModuleType] = {}
    for module, value in _decorated():
        # One that others import is defined in one of them; a partial does not say in which.
        if getattr(value.function, "__module__", None) == module.__name__:
            homes[id(value)] = module
        homes.setdefault(id(value), module)
    found = ((module.__name__, vars(module).get("__file__")) for module in homes.values())
    return tuple(dict.fromkeys((name, str(file)) for name, file in found if file))


def load_module(name: str, file: str) -> None:
    """Load a module that another process has loaded, under its name where that leads to its file.

    Raises FtevalsError where it cannot be loaded.
    """
    if _at(Path(file)) is not None:
        return
    try:
        if _leads_to(name, file):
            importlib.import_module(name)
        else:
            _loaded(Path(file))
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's module raises
        raise _failed(name, error) from None


def _decorated() -> Iterator[tuple[ModuleType, CustomMetric]]:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            for value in list(vars(module).values()):
                # `isinstance` would ask lazy proxies of other libraries for their class.
                if type(value) is CustomMetric:
                    yield module, value


def _leads_to(name: str, file: str) -> bool:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin == file


def is_path(name: str) -> bool:
    """Return whether a metric's name has the form ``module:function``."""
    return _PATH.fullmatch(name) is not None


def at_path(name: str, options: Options) -> CustomMetric:
    """Return the metric at ``module:function``: a decorated function, or a plain one.

    The module is a file beside the task file, else one that Python can import. Raises FtevalsError
    where there is none, where it fails, and where the function is none.
    """
    found = function_at(name, options.folder, "metric")
    if isinstance(found, CustomMetric):
        return found
    binary = options.flag("binary", default=says_bool(found))
    return CustomMetric(
        name=name,
        function=found,
        higher_is_better=options.flag("higher_is_better", default=True),
        points=options.flag("points", default=True),
        binary=binary,
    )


def function_at(name: str, folder: Path, kind: str) -> Callable[..., object]:
    """Return the function at ``module:function``; `kind` says in messages what it is used as.

    The module is a file in `folder`, else one that Python can import. Raises FtevalsError as
    `at_path` does.
    """
    module_name, _, attribute = name.partition(":")
    module = _module(name, folder, kind)
    try:
        found: object = attrgetter(attribute)(module)
    except AttributeError:
        names = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        close = did_you_mean(attribute, names)
        what = f"module {module_name!r} ({_file(module)}) has no function {attribute!r}"
        raise FtevalsError(what, fix=close.strip() or "Define it there.") from None
    if not callable(found):
        what = f"{kind} {name!r} is no function ({_file(module)}): {type(found).__name__}"
        raise FtevalsError(what, fix="Name a function that takes a case and a response.")
    return found


def _module(path: str, folder: Path, kind: str) -> ModuleType:
    name = path.partition(":")[0]
    beside = folder.joinpath(*name.split(".")).with_suffix(".py")
    try:
        return _loaded(beside.resolve()) if beside.is_file() else importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise FtevalsError(
                f"{kind} {path!r} names no module {name!r}",
                fix=f"Write it into {beside.name} beside the task file, or into a module that "
                "Python can import.",
            ) from None
        raise _failed(name, error, kind) from None
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a user's module raises: pytest.skip, too
        raise _failed(name, error, kind) from None


def _loaded(path: Path) -> ModuleType:
    """Return the module of a file, run once a process."""
    if (known := _at(path)) is not None:
        return known
    name = f"{path.stem}_{digest(str(path))[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as importing does; dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _at(path: Path) -> ModuleType | None:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get("__file__") == str(path):
            return module
    return None


def _failed(name: str, error: BaseException, kind: str = "metric") -> FtevalsError:
    said = traceback.format_exception_only(error)[-1].strip()
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and "importlib" not in frame.filename
    ]
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return FtevalsError(f"module {name!r} of a {kind} cannot be imported: {said}{place}")


def _file(module: ModuleType) -> str:
    return str(vars(module).get("__file__") or "built in")
