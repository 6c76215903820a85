import numpy as np
import pyarrow as pa

from footbeat.targeting.alike import find_alike

ROWS = pa.table(
    {
        "offence": ["robbery", None, "robbery", "gbh", None, "robbery"],
        "is_public": [True, None, True, None, None, False],
    }
)


def test_rows_are_alike_when_every_value_is_missing_values_too() -> None:
    alike = find_alike(ROWS, ROWS.column_names)
    groups = {tuple(np.flatnonzero(alike.code == code)) for code in range(alike.row.size)}
    assert groups == {(0, 2), (1, 4), (3,), (5,)}
    assert (alike.code[alike.row] == np.arange(alike.row.size)).all()


def test_columns_of_many_values_are_told_apart_as_few_are() -> None:
    values = np.arange(3_000)
    rows = pa.table({name: np.roll(values, k).astype(str) for k, name in enumerate("abc")})
    assert find_alike(pa.concat_tables([rows, rows]), ["a", "b", "c"]).row.size == values.size


def test_no_rows_have_no_likeness() -> None:
    assert find_alike(ROWS.slice(0, 0), ROWS.column_names).row.size == 0
