"""Sample messages in two languages, as people might write them in one evening."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A message with its reactions and replies.

    Attributes:
        ago: how many minutes before now it was written.
        label: the name by which a state refers to it.
        reactions: the number of each kind.
    """

    ago: int
    text: str
    name: str | None = None
    label: str = ""
    reactions: dict[str, int] = field(default_factory=dict)
    answers: tuple[Said, ...] = ()


# Oldest first, as they would have been written.
EVENING = {
    "en": (
        Said(2900, "Passed my driving test today, at the fifth try!", "Amir", reactions={"wow": 4}),
        Said(1500, "Hello?"),
        Said(
            1380,
            "Lost by the bakery: one grey mitten, left hand. The right one is lonely.",
            reactions={"sad": 2},
        ),
        Said(
            910,
            "To our new neighbours on the ground floor: welcome! The bins go out on Tuesday "
            "evening, the bakery on the corner opens at six, and the lift stops between floors "
            "when it rains. Press the button for the third floor twice and it remembers what it "
            "was doing.\n\nThe courtyard belongs to everybody. In summer we carry the tables out "
            "on the first Friday of the month, each brings something, and nobody goes home "
            "hungry. There is one rule: no talk about parking spaces before the cake.",
            "The third floor",
            reactions={"love": 12, "laugh": 7},
        ),
        Said(300, "The pictures of our walk: https://photos.example/riverside/2026", "Ines"),
        Said(
            130,
            "Dear pianist at seven in the evening: please *don't* stop.",
            "The fourth floor",
            label="talk",
            reactions={"love": 14, "like": 6},
            answers=(
                Said(120, "It is my daughter. She has turned red up to her ears.", "Pavel"),
                Said(64, "Then tell her there is an audience on the stairs.", "The fourth floor"),
                Said(31, "Two, in fact.", label="answer", reactions={"laugh": 1}),
            ),
        ),
        Said(
            45,
            "A crate of apples from our garden stands at the gate. **Help yourselves.**",
            "Vera and Tom",
            reactions={"love": 3},
            answers=(Said(12, "Thank you! There will be a cake.", "Ines"),),
        ),
        Said(2, "Hello, wall!\nFirst time anyone has let me write on one.", "Marina", label="mine"),
    ),
    "ru": (
        Said(2900, "Сдал на права с пятого раза!", "Амир", reactions={"wow": 4}),
        Said(1500, "Есть кто?"),
        Said(
            1380,
            "Потерялась серая варежка, левая, где-то у булочной. Правая очень скучает.",
            reactions={"sad": 2},
        ),
        Said(
            910,
            "Тем, кто только что въехал на первый этаж: добро пожаловать! Мусор забирают во вторник"
            " вечером, булочная на углу открывается в шесть, а лифт в дождь застревает между "
            "этажами. Нажмите третий этаж два раза, и он вспомнит, куда ехал.\n\nДвор у нас общий. "
            "Летом в первую пятницу месяца выносим столы, каждый приносит что-нибудь своё, и "
            "голодным ещё никто не уходил. Правило одно: до торта ни слова о парковке.",
            "Третий этаж",
            reactions={"love": 12, "laugh": 7},
        ),
        Said(300, "Фотографии с прогулки: https://photos.example/набережная/2026", "Инна"),
        Said(
            130,
            "Кто играет на пианино в семь вечера — пожалуйста, *не* прекращайте.",
            "Четвёртый этаж",
            label="talk",
            reactions={"love": 14, "like": 6},
            answers=(
                Said(120, "Это моя дочь. Она покраснела до ушей.", "Павел"),
                Said(64, "Тогда передайте ей, что на лестнице слушатели.", "Четвёртый этаж"),
                Said(31, "Двое, между прочим.", label="answer", reactions={"laugh": 1}),
            ),
        ),
        Said(
            45,
            "У калитки стоит ящик яблок из нашего сада. **Берите, сколько унесёте.**",
            "Вера и Толя",
            reactions={"love": 3},
            answers=(Said(12, "Спасибо! Будет шарлотка.", "Инна"),),
        ),
        Said(
            2,
            "Привет, стена!\nВпервые можно писать на стене и не прятаться.",
            "Марина",
            label="mine",
        ),
    ),
}

# A draft, and the name of its author.
TYPED = {
    "en": ("Is the cake for everybody?", "Marina"),
    "ru": ("А шарлотка — на всех?", "Марина"),
}
# A search for another form of a word than the one that was written.
SOUGHT = {"en": "apple", "ru": "яблоко"}
GREETINGS = {"en": "Good morning, everybody!", "ru": "Всем доброе утро!"}


def crowd(language: str) -> tuple[Said, ...]:
    """More messages than fit on a page."""
    return tuple(Said(ago, GREETINGS[language]) for ago in range(60, 0, -1))
