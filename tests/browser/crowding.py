"""Texts and names that overflow a card unless the styles prevent it, by what they do."""

TALL = "Q" + "\u0301\u0317\u0489\u0334" * 400 + "algo"
CROWDING = {
    "no space": ("x" * 4000, "W" * 60),
    "wide letters": ("\u3042" * 4000, "\ufdfd" * 60),
    "piled marks": (TALL, TALL[:60]),
    "a long address": ("https://example.org/" + "a" * 3900, "https://example.org/" + "a" * 40),
    "turned around": ("\u202e turned \u2067 around \u202e", "\u202eturned\u2067"),
    "never closed": ("\u202a\u202b\u202d\u202e\u2066\u2067\u2068" * 100 + "x", "\u2067\u202ex"),
    "right to left": (
        "\u05e9\u05dc\u05d5\u05dd " * 300,
        "\u0645\u0631\u062d\u0628\u0627",
    ),
    "emoji": ("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 500, "\U0001f1fa\U0001f1f3" * 30),
    "joined": ("\u200d" * 2000 + "x" + "\u2060" * 1000, "a\u2060" * 30),
    "lines": ("\n".join(f"line {number}" for number in range(200)), "200"),
    "spaces": ("a" + "\u00a0" * 3990 + "b", "a" + "\u3164" * 50 + "b"),
    "tabs": ("a" + "\t" * 3990 + "b", "T"),
    "vertical": ("\ufe3d\u1805\ua9c4" * 300, "\u102a\ua9c5" * 30),
}
