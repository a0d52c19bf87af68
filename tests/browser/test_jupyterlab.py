"""Notebooks in a real JupyterLab, in a headless browser.

Run All: no error, no red block. Exercises: a wrong answer and a right one are typed into a
notebook, and their verdicts read.

Skipped without Playwright (`pip install vae-keras[browser]`) or without a Chromium on the machine.
One notebook stands for all, since the others run under nbval anyway; they have their turn with
`pytest -m every_notebook tests/browser`.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import pytest

from vae_keras.exercises import MODULES, exercises_of

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: pip install vae-keras[browser]"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine", allow_module_level=True)

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
TOKEN = "a-token-for-the-test"
TIME_LIMIT = 800  # seconds, for a notebook that hangs
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":  # as if never run: what is seen below was run here
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / "notebooks" / path.name)
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        port = listener.getsockname()[1]
    # All cells in the page: by default JupyterLab draws only those that are in sight.
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *(f"--port={port}", "--ip=localhost", f"--IdentityProvider.token={TOKEN}"),
            f"--notebook-dir={folder / 'notebooks'}",
            "--LabApp.expose_app_in_browser=True",  # as window.jupyterapp
        ],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("w"),
        # Its own settings, not those of whoever runs the tests.
        env={
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder),
            "JUPYTER_DATA_DIR": str(folder),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        },
    )
    address = f"http://localhost:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{address}/api?token={TOKEN}").close()
                break
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        yield chromium
        chromium.close()


NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))

# Waits until a notebook is open and its kernel has started.
READY = """async (name) => {
  const app = window.jupyterapp;
  await app.restored;
  const find = () => [...app.shell.widgets("main")].find((w) => w.context?.path === name);
  while (!find()) await new Promise((resolve) => setTimeout(resolve, 200));
  const panel = find();
  app.shell.activateById(panel.id);
  await panel.context.ready;
  await panel.sessionContext.ready;
}"""

# JupyterLab is asked for it by its own command: a click on its menu is lost on a slow machine that
# is still loading.
RUN_ALL = """() => {
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(
    () => { window.finished = "yes"; }, (error) => { window.finished = String(error); });
}"""


@pytest.fixture
def open_notebook(jupyter, browser):
    """A function: a notebook's name → the page of the browser that shows it, ready to run."""
    contexts = []

    def open_it(name):
        contexts.append(browser.new_context(viewport={"width": 1300, "height": 2000}))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * TIME_LIMIT)
        page.goto(f"{jupyter}/lab/tree/{name}?token={TOKEN}&reset")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate(READY, name)
        return page

    yield open_it
    for context in contexts:
        context.close()


def first_only(names, first):
    """The parameters of a test that one notebook stands for."""
    others = [pytest.param(name, marks=pytest.mark.every_notebook) for name in names]
    return [first if name == first else other for name, other in zip(names, others, strict=True)]


@pytest.mark.parametrize("name", first_only(NAMES, NAMES[0]))
def test_run_all(open_notebook, name):
    page = open_notebook(name)
    page.evaluate(RUN_ALL)
    page.wait_for_function("() => window.finished")
    assert page.evaluate("window.finished") == "yes"

    prompts = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    texts = [text.strip(" []:") for text in page.evaluate(f"{prompts}.map(e => e.textContent)")]
    assert texts == [str(count) for count in range(1, len(texts) + 1)]
    # Red blocks are what is written to stderr; errors have a type of their own.
    problems = page.query_selector_all(
        "[data-mime-type='application/vnd.jupyter.stderr'], "
        "[data-mime-type='application/vnd.jupyter.error']"
    )
    assert [problem.inner_text() for problem in problems] == []
    pictures = page.query_selector_all(".jp-OutputArea-output img")
    assert len(pictures) >= 5


@pytest.mark.parametrize("name", first_only(sorted(MODULES), "04_elbo"))
def test_answers_typed_by_a_student(open_notebook, name):
    """A wrong answer, then the right one, to each exercise; the rest of the notebook is not run."""
    page = open_notebook(f"{name}.ipynb")
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    run_cell(page, 0)
    for exercise in exercises_of(MODULES[name]):
        stub = next(i for i, c in enumerate(code) if exercise.identifier in str(c.metadata))
        run_cell(page, stub)
        assert run_cell(page, stub + 1).startswith("✎ À vous de jouer.")
        run_cell(page, stub, f"def {exercise.name}(*arguments):\n    return 'quarante-deux'")
        shown = run_cell(page, stub + 1)
        assert shown.startswith("✗ Pas encore.")
        assert exercise.section in shown
        run_cell(page, stub, exercise.source())
        assert run_cell(page, stub + 1) == f"✓ Réussi. {exercise.success.replace('`', '')}"


def run_cell(page, index, text=None):
    """Types a text into a code cell, in the place of what it holds, and runs it: its output."""
    cell = page.locator(".jp-CodeCell").nth(index)
    prompt = cell.locator(".jp-InputPrompt").first
    before = prompt.text_content()
    cell.locator(".cm-content").click()
    if text is not None:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    playwright.expect(prompt).not_to_have_text(before, timeout=1000 * TIME_LIMIT)
    playwright.expect(prompt).to_have_text(re.compile(r"\d"), timeout=1000 * TIME_LIMIT)
    outputs = cell.locator(".jp-OutputArea-output")
    return " ".join(" ".join(outputs.all_inner_texts()).split())
