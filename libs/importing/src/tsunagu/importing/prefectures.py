"""The 47 prefectures of Japan as exports write them."""

import re

# In the order of JIS X 0401, which ISO 3166-2:JP follows: the first is JP-01.
_NAMES = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県",
    "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県",
    "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県",
    "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県",
    "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
_CODES = {name: f"JP-{number:02}" for number, name in enumerate(_NAMES, start=1)}
_CODES |= {name[:-1]: code for name, code in _CODES.items() if name != "北海道"}
_NUMBER = re.compile(r"(?:JP-)?([0-9]{1,2})", re.IGNORECASE)


def prefecture(text: str) -> str:
    """The ISO 3166-2 code of a prefecture given as JP-13, 13, 東京都 or 東京. Raises ValueError for another text."""
    if code := _CODES.get(text):
        return code
    number = _NUMBER.fullmatch(text)
    if number is None or not 1 <= int(number[1]) <= len(_NAMES):
        raise ValueError("is no prefecture: write JP-13, 13, 東京都 or 東京")
    return f"JP-{int(number[1]):02}"
