"""The tag: what may stand in a config, and what a result looks like."""

from tagma.plugin import tags


class Stars(tags.ControlTag):
    """Give a thing one to ten stars."""

    name = "Stars"
    attributes = {
        "name": tags.Name(required=True, help="Its name in the results."),
        "toName": tags.ToName(required=True, help="What is given stars."),
        "max": tags.Number(5, min=1, max=10, help="How many stars there are."),
    }
    example = '<View><Text name="text" value="$text"/><Stars name="quality" toName="text"/></View>'

    class Value(tags.Value):
        stars: int

    @classmethod
    def check(cls, value, *, node, labels, data):
        most = int(node.get("max", 5))
        if not 1 <= value.stars <= most:
            yield "stars", f"must be 1 to {most}, not {value.stars}"

    @classmethod
    def similarity(cls, a, b):
        return 1 - abs(a["value"]["stars"] - b["value"]["stars"]) / 10

    @classmethod
    def sample(cls, node, labels):
        return {"stars": 1}
