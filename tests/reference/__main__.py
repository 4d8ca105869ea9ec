"""`make reference`: writes the pages that are made from the code."""

from . import kpis_page, settings_page

if __name__ == "__main__":
    for made in (settings_page, kpis_page):
        made.PAGE.write_text(made.page(), encoding="utf-8")
