"""`make reference`: writes the pages that are made from the code."""

from .settings_page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
