"""What a scripted backbone says."""


def cell(code: str) -> str:
    """A reply in form, with this for its cell."""
    return f"**Purpose**\np\n\n**Reasoning**\nr\n\n**Next Goal**\ng\n\n**Code**\n```python\n{code.strip()}\n```"
