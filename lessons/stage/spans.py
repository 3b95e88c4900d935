"""At which steps something is shown, or marked."""


class Span:
    """
    Numbers of steps, written as "3-9 12": what the page's script reads, too.

    Args:
        numbers (iterable): the numbers (int).
    """

    def __init__(self, numbers=()):
        self.numbers = set(numbers)

    def __contains__(self, number):
        return number in self.numbers

    def __bool__(self):
        return bool(self.numbers)

    def __str__(self):
        parts, numbers = [], sorted(self.numbers)
        for number in numbers:
            if number - 1 not in self.numbers:
                parts.append([number, number])
            parts[-1][1] = number
        return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
