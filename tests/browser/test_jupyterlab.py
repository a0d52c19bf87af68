"""Each notebook in a real JupyterLab, in a headless browser: Run All, no error, no red block.

Skipped without Playwright (`pip install vae-keras[browser]`) or without a Chromium on the machine.
"""

import contextlib
import os
import pathlib
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

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: pip install vae-keras[browser]"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine", allow_module_level=True)

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "notebooks"
TOKEN = "a-token-for-the-test"
TIME_LIMIT = 600  # seconds, for a notebook that hangs
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


@pytest.mark.parametrize("name", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_run_all(jupyter, browser, name):
    page = browser.new_page(viewport={"width": 1300, "height": 2000})
    page.goto(f"{jupyter}/lab/tree/{name}?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
    prompts = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    deadline = time.monotonic() + TIME_LIMIT
    while True:  # [ ] before a cell runs, [*] while it runs, its number afterwards
        texts = [text.strip(" []:") for text in page.evaluate(f"{prompts}.map(e => e.textContent)")]
        if texts and all(text.isdigit() for text in texts):
            break
        assert time.monotonic() < deadline, f"cells that did not run: {texts}"
        time.sleep(1)
    # Red blocks are what is written to stderr; errors have a type of their own.
    problems = page.query_selector_all(
        "[data-mime-type='application/vnd.jupyter.stderr'], "
        "[data-mime-type='application/vnd.jupyter.error']"
    )
    assert [problem.inner_text() for problem in problems] == []
    pictures = page.query_selector_all(".jp-OutputArea-output img")
    assert len(pictures) >= 5
    page.close()
