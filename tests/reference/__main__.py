"""`make reference`: writes the pages that are made from the code, and Grafana's dashboards."""

from . import dashboards, kpis_page, settings_page

if __name__ == "__main__":
    for made in (settings_page, kpis_page):
        made.PAGE.write_text(made.page(), encoding="utf-8")
    dashboards.FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in dashboards.files().items():
        path.write_text(text, encoding="utf-8")
