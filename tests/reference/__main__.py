"""`make reference`: writes what is made from the code: pages, dashboards, TypeScript, what the chart knows."""

from . import chart, dashboards, kpis_page, licences_page, sbom, scaling_page, settings_page, typescript

if __name__ == "__main__":
    for made in (settings_page, kpis_page, scaling_page, licences_page):
        made.PAGE.write_text(made.page(), encoding="utf-8")
    dashboards.FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in dashboards.files().items():
        path.write_text(text, encoding="utf-8")
    typescript.FILE.write_text(typescript.text(), encoding="utf-8")
    chart.FILE.write_text(chart.text(), encoding="utf-8")
    sbom.FILE.write_text(sbom.text(), encoding="utf-8")
