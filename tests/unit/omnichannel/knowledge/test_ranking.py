"""Which of a few texts answers an utterance."""

import pytest

from omnichannel.knowledge.ranking import Candidate, best, counted, telling_words, weights

pytestmark = pytest.mark.unit

ARTICLES = (
    Candidate.of("Đổi trả hàng", "Bạn có thể đổi trả hàng trong 7 ngày. Hàng phải còn nguyên hộp."),
    Candidate.of("Giao hàng", "Chúng tôi giao hàng trong 2 ngày. Phí giao hàng là 20.000 đồng."),
    Candidate.of("Lắp đặt máy lạnh", "Thợ đến lắp đặt máy lạnh trong ngày."),
    Candidate.of("Opening hours", "Our shops are open from 8 to 21, on holidays too."),
)


def answers(utterance: str, most: int = 3) -> list[int]:
    words = telling_words(utterance)
    return best(words, ARTICLES, weights(words, counted(ARTICLES), len(ARTICLES)), most)


@pytest.mark.parametrize(
    ("utterance", "first"),
    [
        ("Chào chị, cho em hỏi bao giờ thì giao hàng ạ?", 1),
        ("bao gio giao hang", 1),
        ("mình muốn trả lại cái nồi này, đổi cái khác được không", 0),
        ("Máy lạnh thì khi nào thợ tới lắp đặt?", 2),
        ("When are you open on a holiday? I mean the opening hours.", 3),
    ],
)
def test_the_right_article_stands_first(utterance: str, first: int) -> None:
    assert answers(utterance)[0] == first


@pytest.mark.parametrize(
    "utterance", ["", "dạ vâng ạ", "Hello, how are you?", "thời tiết hôm nay thế nào", "\0"]
)
def test_nothing_is_better_than_a_bad_answer(utterance: str) -> None:
    assert answers(utterance) == []


def test_no_more_than_asked_for() -> None:
    assert len(answers("giao hàng, đổi trả hàng, lắp đặt trong ngày", most=1)) == 1


def test_of_a_long_utterance_its_end_counts() -> None:
    assert answers("thời tiết nắng mưa " * 40 + "giao hàng")[:1] == [1]
