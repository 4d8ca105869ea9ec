"""GeoNames numbers the prefectures in its own way (alphabetically, nearly); the contracts want ISO 3166-2."""

_ISO_BY_ADMIN1 = {
    "01": "JP-23",  # Aichi
    "02": "JP-05",  # Akita
    "03": "JP-02",  # Aomori
    "04": "JP-12",  # Chiba
    "05": "JP-38",  # Ehime
    "06": "JP-18",  # Fukui
    "07": "JP-40",  # Fukuoka
    "08": "JP-07",  # Fukushima
    "09": "JP-21",  # Gifu
    "10": "JP-10",  # Gunma
    "11": "JP-34",  # Hiroshima
    "12": "JP-01",  # Hokkaido
    "13": "JP-28",  # Hyogo
    "14": "JP-08",  # Ibaraki
    "15": "JP-17",  # Ishikawa
    "16": "JP-03",  # Iwate
    "17": "JP-37",  # Kagawa
    "18": "JP-46",  # Kagoshima
    "19": "JP-14",  # Kanagawa
    "20": "JP-39",  # Kochi
    "21": "JP-43",  # Kumamoto
    "22": "JP-26",  # Kyoto
    "23": "JP-24",  # Mie
    "24": "JP-04",  # Miyagi
    "25": "JP-45",  # Miyazaki
    "26": "JP-20",  # Nagano
    "27": "JP-42",  # Nagasaki
    "28": "JP-29",  # Nara
    "29": "JP-15",  # Niigata
    "30": "JP-44",  # Oita
    "31": "JP-33",  # Okayama
    "32": "JP-27",  # Osaka
    "33": "JP-41",  # Saga
    "34": "JP-11",  # Saitama
    "35": "JP-25",  # Shiga
    "36": "JP-32",  # Shimane
    "37": "JP-22",  # Shizuoka
    "38": "JP-09",  # Tochigi
    "39": "JP-36",  # Tokushima
    "40": "JP-13",  # Tokyo
    "41": "JP-31",  # Tottori
    "42": "JP-16",  # Toyama
    "43": "JP-30",  # Wakayama
    "44": "JP-06",  # Yamagata
    "45": "JP-35",  # Yamaguchi
    "46": "JP-19",  # Yamanashi
    "47": "JP-47",  # Okinawa
}

TOKYO = "JP-13"


def iso_of(admin1: str) -> str:
    """The ISO 3166-2 code of a GeoNames admin1 code of Japan. Raises KeyError for one that is none."""
    return _ISO_BY_ADMIN1[admin1]
