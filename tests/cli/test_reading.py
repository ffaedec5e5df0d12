import gzip

import pandas as pd
import pytest

from glassnet.cli.dialect import LOOKED_AT, dialect_of
from glassnet.cli.reading import read_table, read_tables
from glassnet.errors import InputError


def refused(name, error_id, *lines, **options):
    """Reading the file ends in exactly this message."""
    with pytest.raises(InputError) as reason:
        read_table(name, **options)
    assert reason.value.error_id == error_id
    assert str(reason.value).splitlines() == list(lines)


def write(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


TABLE = pd.DataFrame({"a": [1, 2], "b b": [0.5, -1e300], "ü": ["x, y", 'say "z"']})


@pytest.mark.parametrize("name", ["t.csv", "t.CSV", "t.tsv", "t.csv.gz", "t.tsv.gz", "t.parquet", "t.pq", "t.feather"])
def test_each_kind_of_file_is_read(name):
    if name == "t.feather":
        TABLE.to_feather(name)
    elif "p" in name.lower().partition(".")[2]:
        TABLE.to_parquet(name)
    else:
        separator = "\t" if ".tsv" in name else ","
        text = TABLE.to_csv(index=False, sep=separator).encode()
        write(name, gzip.compress(text) if name.endswith(".gz") else text)
    table = read_table(name)
    assert table.name == name
    assert table.bad_rows == 0
    assert table.frame.to_dict("list") == TABLE.to_dict("list")


def test_stdin_is_csv(stdin):
    stdin("a,b\n1,2\n")
    table = read_table("-")
    assert (table.name, table.frame.to_dict("list")) == ("stdin", {"a": [1], "b": [2]})


def test_a_byte_order_mark_and_blanks_after_commas_are_no_part_of_a_name():
    write("t.csv", b"\xef\xbb\xbfa, b\n1, 2\n")
    assert list(read_table("t.csv").frame.columns) == ["a", "b"]


def test_a_missing_file_is_named_with_the_nearest_one():
    write("houses.csv", "a\n1\n")
    refused("house.csv", "E101", "there is no file house.csv", "Did you mean 'houses.csv'?",
            "-> check the name and the folder")  # fmt: skip
    refused("no/such.csv", "E101", "there is no file no/such.csv", "-> check the name and the folder")


def test_a_folder_without_parquet_files_is_refused(folder):
    refused(str(folder), "E107", f"{folder} is a folder without Parquet files", "-> name the file in it")


@pytest.mark.parametrize(
    ("text", "encoding", "decimal"),
    [
        ("a;b b;ü\n1;0,5;x\n2;1,25;y;\n".replace("y;", "y"), "utf-8", ","),
        ("a;b b;ü\n1;0.5;x\n2;1.25;y\n", "cp1252", "."),
        ("a|b b|ü\n1|0.5|x\n2|1.25|y\n", "utf-16", "."),
        ("a\tb b\tü\n1\t0.5\tx\n2\t1.25\ty\n", "utf-8-sig", "."),
        ('"a";"b b";ü\n1;"0,5";"x"\n2;1,25;y\n', "utf-8", ","),
    ],
)
def test_any_usual_separator_and_encoding_is_read(text, encoding, decimal):
    table = read_table(write("t.csv", text.encode(encoding)))
    assert table.frame.to_dict("list") == {"a": [1, 2], "b b": [0.5, 1.25], "ü": ["x", "y"]}
    assert [note.partition(",")[0] for note in table.notes] == ["t.csv is not UTF-8"] * (encoding == "cp1252")


def test_names_that_go_over_two_lines_hide_no_separator():
    frame = read_table(write("t.csv", '"price\nin EUR";"b";c\r\n0,5;x;3\r\n')).frame
    assert frame.to_dict("list") == {"price\nin EUR": [0.5], "b": ["x"], "c": [3]}


def test_decimal_commas_may_begin_behind_many_rows_without():
    frame = read_table(write("t.csv", "a;b\n" + ";1\n" * 200 + "0,5;2\n")).frame
    assert frame["a"].dropna().tolist() == [0.5]


def test_a_number_that_the_first_look_cuts_in_two_has_no_decimal_point():
    row = b"7.681,50;" * 999 + b"x\n"
    for n in range(len(b"7.681,50;")):  # wherever the look ends
        head = b"a;" + b"b" * n + b"\n" + row * 9
        assert dialect_of(head[:LOOKED_AT]).decimal == ","


@pytest.mark.parametrize("separator", ["\t", "|", ";"])
def test_decimal_commas_and_points_between_thousands_are_read(separator):
    rows = ["n,price,day,count,version", "1,7.681/50,01.02.2026,1.200,1.2.3", "2,280/39,31.12.2026,-12.345.678,1.10.3"]
    rows += ["3,NA,31.12.2026,7,1.10.4"]
    text = "\n".join(row.replace(",", separator).replace("/", ",") for row in rows)
    frame = read_table(write("t.csv", text)).frame
    assert frame["price"].fillna(0).tolist() == [7681.5, 280.39, 0]
    assert frame["count"].tolist() == [1200, -12345678, 7]
    assert frame["day"].tolist() == ["01.02.2026", "31.12.2026", "31.12.2026"]
    assert frame["version"].tolist() == ["1.2.3", "1.10.3", "1.10.4"]


@pytest.mark.parametrize(("fields", "values"), [(["7.681", "2.5"], [7.681, 2.5]), (["7.681", "9.999"], [7.681, 9.999])])
def test_without_a_decimal_comma_a_point_is_a_decimal_point(fields, values):
    text = "\n".join(["x\ty", *(f"a\t{field}" for field in fields)])
    assert read_table(write("t.csv", text)).frame["y"].tolist() == values


def test_semicolons_in_texts_do_not_part_the_fields():
    assert read_table(write("t.csv", "a,b\n1,x;y;z\n2,;\n")).frame["b"].tolist() == ["x;y;z", ";"]
    assert read_table(write("t.csv", "a\n1;2\n3;4\n")).frame["a"].tolist() == ["1;2", "3;4"]


def test_several_files_are_one_table(folder):
    (folder / "parts").mkdir()
    for k in range(2):
        TABLE.assign(a=[10 * k, 10 * k + 1]).to_parquet(f"parts/part-{k}.parquet")
    table = read_table("parts")
    assert (table.name, table.frame["a"].tolist()) == ("parts", [0, 1, 10, 11])
    write("1.csv", "x,y\n1,2\n")
    write("2.csv", "y,x\n4,3\n")
    table = read_tables(["1.csv", "2.csv"])
    assert (table.name, table.frame.to_dict("list")) == ("1.csv and 1 more", {"x": [1, 3], "y": [2, 4]})
    write("3.csv", "x,z\n1,2\n")
    with pytest.raises(InputError, match=r"'y' is in one of 1\.csv and 3\.csv only") as caught:
        read_tables(["1.csv", "3.csv"])
    assert caught.value.error_id == "E108"


def test_an_arrow_stream_is_read():
    import pyarrow

    held = pyarrow.Table.from_pandas(TABLE)
    with pyarrow.OSFile("t.arrow", "wb") as file, pyarrow.ipc.new_stream(file, held.schema) as writer:
        writer.write_table(held)
    assert read_table("t.arrow").frame.to_dict("list") == TABLE.to_dict("list")


@pytest.mark.parametrize("content", ["", "\n", "\n\n\n"])
def test_an_empty_file_is_refused(content):
    refused(write("t.csv", content), "E102", "t.csv is empty", "-> give a table with a header and rows")


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\n\n"])
def test_a_header_alone_is_refused(content):
    refused(write("t.csv", content), "E103", "t.csv holds a header and no rows", "-> give a table with rows")


FIX = "-> a comma inside an unquoted field? --skip-bad-rows drops and counts such rows"


@pytest.mark.parametrize(
    ("content", "line", "found", "shown"),
    [
        ("a,b\n1,2\n3,4,5\n", 3, 3, "3,4,5"),
        ("a,b\n1,2,3\n4,5\n", 2, 3, "1,2,3"),  # pandas alone would take the first column for an index
        ("a,b\n1,2,3\n4,5,6\n", 2, 3, "1,2,3"),
        ("a,b\n\n1,2\n\n3,4,5,6\n", 5, 4, "3,4,5,6"),  # empty lines count as lines
        ('a,b\n1,"two\nlines"\n3,4,5\n', 4, 3, "3,4,5"),  # so do those inside quotes
        (f"a,b\n1,2\n3,{'x' * 70},5\n", 3, 3, f"3,{'x' * 58}"),
    ],
)
def test_a_line_with_too_many_fields_is_named_by_its_number(content, line, found, shown):
    refused(write("t.csv", content), "E105", f"t.csv, line {line}: expected 2 fields, found {found}",
            f"{line}: {shown}", FIX)  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line", "found", "shown"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3, 2, "4,5"),
        ("a,b,c\n1,2,3\n4", 3, 1, "4"),
        ('a,b,c\n1,"2,5",3\n4,"5,0"\n', 3, 2, '4,"5,0"'),
        ("a;b;c\n1;2,5;3\n\n4;5,0\n", 4, 2, "4;5,0"),
    ],
)
def test_a_line_with_too_few_fields_is_named_too(content, line, found, shown):
    name = write("t.csv", content)
    fix = "-> a field left out? An empty one needs its separator too; --skip-bad-rows drops and counts such rows"
    refused(name, "E105", f"t.csv, line {line}: expected 3 fields, found {found}", f"{line}: {shown}", fix)
    assert read_table(name, skip_bad_rows=True).bad_rows == 1


@pytest.mark.parametrize("content", ["a,b\n1,\n,\n2,3", 'a,b\n1,\n"x, y",\n\n  \n2,3\n', "a\n1\n\n2\n", 'a,b\n1,""\n'])
def test_empty_fields_and_empty_lines_are_no_bad_rows(content):
    assert read_table(write("t.csv", content)).bad_rows == 0


def test_thousands_of_a_line_number_are_grouped():
    write("t.csv", "a,b\n" + "1,2\n" * 1871 + '7421,"Kent, WA",3\n')
    refused("t.csv", "E105", "t.csv, line 1 873: expected 2 fields, found 3", '1873: 7421,"Kent, WA",3', FIX)


def test_bad_rows_are_dropped_and_counted_if_asked():
    write("t.csv", 'a,b\n1,2,3\n4,"5,5"\n6\n7,8\n9,10,11,12\n')
    table = read_table("t.csv", skip_bad_rows=True)
    assert table.bad_rows == 3
    assert table.frame.to_dict("list") == {"a": [4, 7], "b": ["5,5", "8"]}


def test_a_quotation_mark_that_never_closes_is_refused():
    refused(write("t.csv", 'a,b\n1,"2\n3,4\n'), "E105",
            "t.csv cannot be read as a table: a quotation mark is opened and never closed",
            "-> mend the file")  # fmt: skip


def test_text_in_no_known_encoding_is_refused():
    refused(write("t.csv", b"a,b\n1,\x81\n"), "E106", "t.csv is not UTF-8 text",
            "byte 0x81 has no meaning there", "-> save it again as UTF-8 (in Excel: 'CSV UTF-8')")  # fmt: skip


def test_a_damaged_archive_is_refused():
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    for content in (packed[:-20], b"a,b\n1,2\n", packed[:20] + b"\xff" * 20):
        with pytest.raises(InputError, match=r"t\.csv\.gz cannot be read: ") as reason:
            read_table(write("t.csv.gz", content))
        assert reason.value.error_id == "E106"


def test_a_damaged_parquet_file_is_refused():
    with pytest.raises(InputError, match=r"t\.parquet cannot be read: ") as reason:
        read_table(write("t.parquet", b"PAR1 and then nothing"))
    assert reason.value.error_id == "E106"


@pytest.mark.parametrize(("name", "shown"), [("t.xlsx", ".xlsx"), ("table", "its name has no ending")])
def test_other_kinds_of_files_are_refused(name, shown):
    refused(write(name, "a\n1\n"), "E109", f"{name} is of an unknown kind: {shown}",
            "-> save it as .csv, .tsv (either may be packed as .gz), .parquet or .arrow")  # fmt: skip


def test_two_columns_of_one_name_are_refused():
    refused(write("t.csv", "a,b,a\n1,2,3\n"), "E204", "t.csv has two columns named 'a'",
            "-> give each column a name of its own")  # fmt: skip


def test_bytes_that_are_no_table_never_end_in_a_traceback(glassnet):
    for content in (
        b"\x00\x01\x02",
        b"\xff\xfe\x00",
        b"a\x00b,c\n1,2\n",
        bytes(range(256)) * 5,
        b'"' * 9,
        b",,,\n,,\n",
    ):
        answer = glassnet("train", write("t.csv", content), "--target", "y")
        assert answer.code == 3
        assert answer.err.startswith("error[E")
