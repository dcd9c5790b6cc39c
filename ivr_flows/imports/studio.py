"""Twilio Studio: the JSON of a flow definition (the Console's, or the API's `definition`).

Widgets are read from the trigger on, each kind by its reader in studio_widgets or studio_asking.
"""

from ivr_flows.imports.report import Imported, ImportRefused
from ivr_flows.imports.sketch import Sketch
from ivr_flows.imports.studio_reading import Studio, lines_of, read_definition
from ivr_flows.imports.studio_widgets import read_trigger, read_widget


def import_studio(text: str, source: str, title: str, language: str) -> Imported:
    """Raises ImportRefused."""
    definition = read_definition(text, source)
    states = {state.name: state for state in definition.states}
    first = states.get(definition.initial_state)
    first = first or next((state for state in states.values() if state.type == "trigger"), None)
    if first is None:
        raise ImportRefused(f"{source} has no trigger")
    sketch = Sketch("a Twilio Studio flow", source, definition.description or title, language)
    studio = Studio(sketch, states, lines_of(text))
    entry = read_trigger(studio, first) if first.type == "trigger" else studio.ref(first.name)
    while (state := studio.pending()) is not None:
        read_widget(studio, state, studio.ref(state.name))
    told = {remark.place for remark in sketch.remarks}
    for state in studio.unread():
        if state is not first and studio.place(state) not in told:
            sketch.note("left_out", studio.place(state), "", "no way leads to it")
    return sketch.finish(entry)
