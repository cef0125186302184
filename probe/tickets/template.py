"""The templates of a configuration: sandboxed Jinja2, filled with a message's facts.

A template sees the facts and nothing else. An unknown name is an error, and the result is bounded.
"""

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from probe.tickets.message import Message, RefusedLetterError
from probe.tickets.wording import line

LARGEST = 1_000_000  # characters


class Template:
    """A compiled template. Raises ValueError when the text is not a template."""

    def __init__(self, text: str) -> None:
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
        try:
            self._template = environment.from_string(text)
        except TemplateError as error:
            raise ValueError(f"is not a template ({error})") from None

    def text(self, message: Message) -> str:
        """Fill the template.

        Raises RefusedLetterError for an unknown name, or for too long a result.
        """
        facts = {**message.facts, "title": message.title, "subject": message.subject, "text": message.text, "html": message.html}
        try:
            parts, size = [], 0
            for part in self._template.generate(facts):
                size += len(part)
                if size > LARGEST:
                    raise RefusedLetterError(f"the template makes more than {LARGEST} characters", doubt=False)
                parts.append(part)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            raise RefusedLetterError(f"the template fails ({type(error).__name__})", doubt=False) from None
        return "".join(parts)

    def line(self, message: Message) -> str:
        """Fill the template, as one line. Raises RefusedLetterError."""
        return line(self.text(message))
