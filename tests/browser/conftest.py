"""A JupyterLab on a copy of the notebooks, and a headless browser that drives it.

Without Playwright (`pip install vae-keras[browser]`) or a Chromium the tests that need it skip.
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


@pytest.fixture(scope="module")  # while it is open its event loop would disturb other files' tests
def browser():
    engines = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pip install vae-keras[browser]"
    )
    names = ("chromium", "chromium-browser", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with engines.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=path, args=BROWSER_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab_folder(tmp_path_factory):
    """The folder that JupyterLab shows: a copy of the notebooks, as if never run."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    folder.mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":  # as if never run: what is seen below was run here
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / path.name)
    return folder


@pytest.fixture(scope="module")
def jupyter(browser, lab_folder):  # no server where there is no browser to see it
    """The address of a JupyterLab on that folder."""
    folder = lab_folder.parent
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
            f"--notebook-dir={lab_folder}",
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


@pytest.fixture
def run_cell(browser):
    """A function that types a text into a code cell, in the place of what it holds, and runs it.

    `run_cell(page, index, text=None)` returns the text of the cell's output.
    """
    from playwright.sync_api import expect

    def run_cell(page, index, text=None):
        cell = page.locator(".jp-CodeCell").nth(index)
        prompt = cell.locator(".jp-InputPrompt").first
        before = prompt.text_content()
        cell.locator(".cm-content").click()
        if text is not None:
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(text)
        page.keyboard.press("Shift+Enter")
        expect(prompt).not_to_have_text(before, timeout=1000 * TIME_LIMIT)
        expect(prompt).to_have_text(re.compile(r"\d"), timeout=1000 * TIME_LIMIT)
        outputs = cell.locator(".jp-OutputArea-output")
        return " ".join(" ".join(outputs.all_inner_texts()).split())

    return run_cell
