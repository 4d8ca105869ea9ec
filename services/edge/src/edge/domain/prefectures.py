"""The 47 prefectures: ISO 3166-2 code, names, and where the prefectural office stands (degrees, two decimals)."""

from typing import NamedTuple


class Prefecture(NamedTuple):
    """A prefecture; its office stands for the whole of it where somebody asks what is near."""

    code: str
    name_ja: str
    name_en: str
    latitude: float
    longitude: float


PREFECTURES: tuple[Prefecture, ...] = (
    Prefecture("JP-01", "北海道", "Hokkaido", 43.06, 141.35),
    Prefecture("JP-02", "青森県", "Aomori", 40.82, 140.74),
    Prefecture("JP-03", "岩手県", "Iwate", 39.70, 141.15),
    Prefecture("JP-04", "宮城県", "Miyagi", 38.27, 140.87),
    Prefecture("JP-05", "秋田県", "Akita", 39.72, 140.10),
    Prefecture("JP-06", "山形県", "Yamagata", 38.24, 140.36),
    Prefecture("JP-07", "福島県", "Fukushima", 37.75, 140.47),
    Prefecture("JP-08", "茨城県", "Ibaraki", 36.34, 140.45),
    Prefecture("JP-09", "栃木県", "Tochigi", 36.57, 139.88),
    Prefecture("JP-10", "群馬県", "Gunma", 36.39, 139.06),
    Prefecture("JP-11", "埼玉県", "Saitama", 35.86, 139.65),
    Prefecture("JP-12", "千葉県", "Chiba", 35.60, 140.12),
    Prefecture("JP-13", "東京都", "Tokyo", 35.69, 139.69),
    Prefecture("JP-14", "神奈川県", "Kanagawa", 35.45, 139.64),
    Prefecture("JP-15", "新潟県", "Niigata", 37.90, 139.02),
    Prefecture("JP-16", "富山県", "Toyama", 36.70, 137.21),
    Prefecture("JP-17", "石川県", "Ishikawa", 36.59, 136.63),
    Prefecture("JP-18", "福井県", "Fukui", 36.07, 136.22),
    Prefecture("JP-19", "山梨県", "Yamanashi", 35.66, 138.57),
    Prefecture("JP-20", "長野県", "Nagano", 36.65, 138.18),
    Prefecture("JP-21", "岐阜県", "Gifu", 35.39, 136.72),
    Prefecture("JP-22", "静岡県", "Shizuoka", 34.98, 138.38),
    Prefecture("JP-23", "愛知県", "Aichi", 35.18, 136.91),
    Prefecture("JP-24", "三重県", "Mie", 34.73, 136.51),
    Prefecture("JP-25", "滋賀県", "Shiga", 35.00, 135.87),
    Prefecture("JP-26", "京都府", "Kyoto", 35.02, 135.76),
    Prefecture("JP-27", "大阪府", "Osaka", 34.69, 135.52),
    Prefecture("JP-28", "兵庫県", "Hyogo", 34.69, 135.18),
    Prefecture("JP-29", "奈良県", "Nara", 34.69, 135.83),
    Prefecture("JP-30", "和歌山県", "Wakayama", 34.23, 135.17),
    Prefecture("JP-31", "鳥取県", "Tottori", 35.50, 134.24),
    Prefecture("JP-32", "島根県", "Shimane", 35.47, 133.05),
    Prefecture("JP-33", "岡山県", "Okayama", 34.66, 133.93),
    Prefecture("JP-34", "広島県", "Hiroshima", 34.40, 132.46),
    Prefecture("JP-35", "山口県", "Yamaguchi", 34.19, 131.47),
    Prefecture("JP-36", "徳島県", "Tokushima", 34.07, 134.56),
    Prefecture("JP-37", "香川県", "Kagawa", 34.34, 134.04),
    Prefecture("JP-38", "愛媛県", "Ehime", 33.84, 132.77),
    Prefecture("JP-39", "高知県", "Kochi", 33.56, 133.53),
    Prefecture("JP-40", "福岡県", "Fukuoka", 33.61, 130.42),
    Prefecture("JP-41", "佐賀県", "Saga", 33.25, 130.30),
    Prefecture("JP-42", "長崎県", "Nagasaki", 32.74, 129.87),
    Prefecture("JP-43", "熊本県", "Kumamoto", 32.79, 130.74),
    Prefecture("JP-44", "大分県", "Oita", 33.24, 131.61),
    Prefecture("JP-45", "宮崎県", "Miyazaki", 31.91, 131.42),
    Prefecture("JP-46", "鹿児島県", "Kagoshima", 31.56, 130.56),
    Prefecture("JP-47", "沖縄県", "Okinawa", 26.21, 127.68),
)
