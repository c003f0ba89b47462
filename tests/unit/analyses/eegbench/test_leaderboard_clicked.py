"""The leaderboard is sorted and filtered in a browser, where there is one."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html import unescape

import pandas as pd
import pytest

from neuro.analyses.eegbench.leaderboard import write_page
from neuro.analyses.eegbench.scores import METRICS
from neuro.io.tables import write_tsv

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
METHODS = (  # name, family, score in two tasks, CPU s, parameters
    ("ridge", "baseline", (0.9, 0.6), 3.0, None),
    ("dummy", "baseline", (0.5, 0.5), 20.0, None),
    ("eegnet", "specialist", (0.7, 0.8), 100.0, 1603),
)
CLICKS = """
<script>
const seen = {};
const state = () => ({
  rows: [...document.querySelectorAll("#board tbody tr")].filter((row) => !row.hidden)
    .map((row) => `${row.dataset.task} ${row.dataset.method}`),
  sorted: [...document.querySelectorAll("#board thead th")]
    .map((cell) => cell.getAttribute("aria-sort")).filter(Boolean),
  count: document.getElementById("count").textContent,
});
const form = document.getElementById("filters");
const click = (name) => [...document.querySelectorAll("#board thead button")]
  .find((one) => one.textContent.trim() === name).click();
const fill = (key, value) => {
  const field = form.elements[key];
  if (field.type === "checkbox") field.checked = value; else field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
seen.start = state();
click("CPU s"); seen.cheap = state();
click("CPU s"); seen.costly = state();
click("Parameters"); seen.parameters = state();
click("AUROC"); seen.auroc = state();
click("Brier"); seen.brier = state();
click("Method"); seen.method = state();
fill("family", "baseline"); seen.family = state();
fill("method", " RID "); seen.part = state();
fill("method", "zzz"); seen.none = state();
form.reset();
setTimeout(() => {
  seen.reset = state();
  fill("best", true); seen.best = state();
  fill("task", "d, second"); seen.task = state();
  const told = document.createElement("pre");
  told.id = "told"; told.textContent = JSON.stringify(seen);
  document.body.append(told);
}, 50);
</script>
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What is shown after each click."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("needs a Chromium")
    folder = tmp_path_factory.mktemp("board")
    rows = [
        {
            "dataset": "d", "task": task, "split": "blocks", "entry": name, "method": name,
            "family": family, "note": "", "n_subjects": 2, "n_test": 10, "n_classes": 2,
            "resampled": "blocks", "seconds": seconds, "n_parameters": size,
            "flops_per_trial": None, "metric": metric, "low": None, "high": None, "chance": 0.5,
            "value": 1 - scores[k] if metric in ("brier", "ece") else scores[k],
        }
        for name, family, scores, seconds, size in METHODS
        for k, task in enumerate(("first", "second"))
        for metric in METRICS
    ]  # fmt: skip
    write_tsv(folder / "summary.tsv", pd.DataFrame(rows))
    page = folder / "page.html"
    write_page([folder / "summary.tsv"], page, title="T", confidence=0.95, published={})
    script = re.search("<script>(.*)</script>", CLICKS, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = page.read_text().replace("script-src ", f"script-src 'sha256-{digest}' ")
    page.write_text(html.replace("</body>", f"{CLICKS}</body>"))
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000", "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    return json.loads(unescape(told[1]))


def names(state):
    return [row.rsplit(" ", 1)[1] for row in state["rows"]]


def test_a_click_on_a_title_sorts_and_a_second_one_turns_it_round(seen):
    assert len(seen["start"]["rows"]) == 6
    assert names(seen["cheap"]) == ["ridge"] * 2 + ["dummy"] * 2 + ["eegnet"] * 2
    assert seen["cheap"]["sorted"] == ["ascending"]
    assert names(seen["costly"]) == names(seen["cheap"])[::-1]
    assert seen["costly"]["sorted"] == ["descending"]
    assert names(seen["parameters"])[:2] == ["eegnet"] * 2  # who has none comes last
    assert names(seen["auroc"])[:3] == ["ridge", "eegnet", "eegnet"]
    assert seen["auroc"]["sorted"] == ["descending"]
    assert names(seen["brier"])[:3] == ["ridge", "eegnet", "eegnet"]  # lower is better
    assert names(seen["method"]) == ["dummy"] * 2 + ["eegnet"] * 2 + ["ridge"] * 2


def test_filters_combine_are_counted_and_are_cleared(seen):
    assert names(seen["family"]) == ["dummy"] * 2 + ["ridge"] * 2
    assert seen["family"]["count"] == "4 of 6 rows"
    assert names(seen["part"]) == ["ridge"] * 2
    assert seen["none"]["rows"] == []
    assert seen["none"]["count"] == "0 of 6 rows"
    assert len(seen["reset"]["rows"]) == 6
    assert sorted(seen["best"]["rows"]) == ["d, first ridge", "d, second eegnet"]
    assert seen["task"]["rows"] == ["d, second eegnet"]
