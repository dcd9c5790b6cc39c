"""What an agent might say next: ready texts and articles that fit the customer's last words."""

from uuid import UUID

from omnichannel.canned.service import Canned
from omnichannel.knowledge import ranking
from omnichannel.knowledge.service import Knowledge
from threadline.kernel.events import Json
from threadline.kernel.ids import AgentId, ThreadId


class Suggestions:
    """Local and quick: nothing of what a customer says leaves the server."""

    def __init__(self, knowledge: Knowledge, canned: Canned) -> None:
        self._knowledge = knowledge
        self._canned = canned

    async def fitting(
        self, utterance: str, thread: ThreadId | None, agent: AgentId | None, limit: int
    ) -> tuple[list[Json], list[Json]]:
        """Ready texts as `Canned.complete` gives them, articles as `Knowledge.search` does. Raises NoSuchThread."""
        canned = await self._canned.filled(await self._texts(utterance, limit), thread, agent)
        articles = await self._knowledge.suggest(utterance, None, limit)
        return canned, articles

    async def _texts(self, utterance: str, limit: int) -> list[UUID]:
        words = ranking.telling_words(utterance)
        texts = await self._canned.texts()
        candidates = [ranking.Candidate.of(str(one["title"]), _words_of(one)) for one in texts]
        having = ranking.counted(candidates)
        worth = ranking.weights(words, having, len(candidates))
        return [UUID(str(texts[place]["id"])) for place in ranking.best(words, candidates, worth, limit)]


def _words_of(text: Json) -> str:
    by_language = text["texts"]
    told = by_language.values() if isinstance(by_language, dict) else ()
    return " ".join([str(text["shortcut"]), *map(str, told)])
