"""The page as a browser shows it: readable for everyone, at every width, in light and dark, and nobody is asked."""

import shutil

import pytest

HOW = "pip install --group browser"
sync_api = pytest.importorskip("playwright.sync_api", reason=f"playwright is not installed: {HOW}")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=f"axe is not installed: {HOW}")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = {"telephone": 360, "tablet": 768, "screen": 1440}
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


@pytest.fixture(scope="module")
def browser():
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)  # else the one that playwright brings
    with sync_api.sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=program, args=QUIET)
        except sync_api.Error as reason:
            pytest.skip(f"no Chromium starts here: {str(reason).splitlines()[0]}")
        yield opened
        opened.close()


@pytest.fixture(params=["run", "class_run"])
def address(request):
    return (request.getfixturevalue(request.param) / "report.html").as_uri()


@pytest.fixture
def opened(browser):
    """A function that opens a page; what it asks for is kept in `asked`, and what goes wrong in it in `wrong`."""
    pages = []

    def open_page(address, **look):
        page = browser.new_page(**look)
        pages.append(page)
        page.asked, page.wrong = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.wrong.append(message.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(address, wait_until="load")
        return page

    yield open_page
    for page in pages:
        page.close()


def everything_open(page):
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_axe_finds_nothing_and_nothing_sticks_out(opened, address, width, scheme):
    page = opened(address, viewport={"width": width, "height": 900}, color_scheme=scheme)
    everything_open(page)
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nobody_is_asked_for_anything(opened, address):
    page = opened(address)
    everything_open(page)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)
    assert [url for url in page.asked if not url.startswith("data:")] == [address]
    assert page.wrong == []


def test_every_drawing_is_as_large_as_its_figure(opened, address):
    page = opened(address, viewport={"width": 1440, "height": 900})
    sizes = page.evaluate(
        "[...document.querySelectorAll('figure > svg')].map(svg => svg.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    assert len(sizes) >= 12
    assert all(width > 300 and height > 100 for width, height in sizes)


def test_it_prints_on_pages(opened, address):
    page = opened(address)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")
