"""The table of verdicts: what it reads, and what it refuses."""

import pandas as pd
import pytest

from bioann.base.errors import OutputError
from bioann.comparison import verdict_table


def test_a_table_of_an_older_version_names_what_it_lacks(tmp_path):
    path = tmp_path / "verdicts.csv"
    columns = [name for name in verdict_table.VERDICT_COLUMNS if name != "claim_p_value"]
    pd.DataFrame(columns=columns).to_csv(path, index=False)
    with pytest.raises(OutputError, match=r"a table without claim_p_value.*'bioann atlas' writes"):
        verdict_table.read_verdicts(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01", b'a,"b\nc'])
def test_what_is_no_table_is_refused_and_stays(tmp_path, content):
    path = tmp_path / "verdicts.csv"
    path.write_bytes(content)
    rows = pd.DataFrame(columns=list(verdict_table.VERDICT_COLUMNS))
    with pytest.raises(OutputError, match=r"verdicts\.csv: wanted the columns"):
        verdict_table.update_verdicts(path, rows)
    assert path.read_bytes() == content
