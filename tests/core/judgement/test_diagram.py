"""The transitions of a signal, found by trying (the page is held to them by tests/docs)."""

from probe.core.judgement.diagram import markdown, transitions


def test_each_state_is_left_by_every_reading_and_a_run_by_silence_too() -> None:
    """Two failures confirm, two successes end; a silence breaks a run."""
    assert transitions() == [
        ("new", "good", "good"),
        ("new", "bad", "new_doubted"),
        ("new", "absent", "new"),
        ("good", "good", "good"),
        ("good", "bad", "good_doubted"),
        ("good", "absent", "new"),
        ("new_doubted", "good", "good"),
        ("new_doubted", "bad", "bad"),
        ("new_doubted", "absent", "new"),
        ("new_doubted", "silence", "new"),
        ("good_doubted", "good", "good"),
        ("good_doubted", "bad", "bad"),
        ("good_doubted", "absent", "new"),
        ("good_doubted", "silence", "good"),
        ("bad", "good", "bad_recovering"),
        ("bad", "bad", "bad"),
        ("bad", "absent", "new"),
        ("bad_recovering", "good", "good"),
        ("bad_recovering", "bad", "bad"),
        ("bad_recovering", "absent", "new"),
        ("bad_recovering", "silence", "bad"),
    ]


def test_the_page_draws_them_as_a_state_diagram() -> None:
    head, body = markdown().split("stateDiagram-v2\n")
    assert head.endswith("```mermaid\n")
    assert body.splitlines() == ["    [*] --> new", *(f"    {start} --> {end}: {what}" for start, what, end in transitions()), "```"]
