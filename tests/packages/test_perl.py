"""Perl distributions against Perl's own list of what is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.packages.catalogers import perl
from analyzer.packages.contract import Owned, Package, files_for
from analyzer.packages.formats.cpan import Listed, Logged, packlist, perllocal
from tests.packages.cases import FOLDER, Case
from tests.support.tools import require_tool, run

INSTALLED = """
my ($base) = @ARGV;
opendir(my $dir, "$base/lib/perl5");
my ($arch) = grep { -d "$base/lib/perl5/$_/auto" } readdir($dir);
my $list = ExtUtils::Installed->new(
    inc_override => ["$base/lib/perl5/$arch", "$base/lib/perl5"]);
for my $module (grep { $_ ne "Perl" } $list->modules) {
    print join("\\t", $module, $list->version($module), $list->files($module)), "\\n";
}
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that MakeMaker installed two distributions into."""
    program, make = require_tool("perl"), require_tool("make")
    base = tmp_path_factory.mktemp("perl") / "local"
    for module, version in (("Demo::Mod", "1.23"), ("Single", "v0.2.1")):
        folder = base.parent / module.replace("::", "-")
        source = folder / "lib" / (module.replace("::", "/") + ".pm")
        source.parent.mkdir(parents=True)
        source.write_text(f'package {module};\nour $VERSION = "{version}";\n1;\n')
        (folder / "Makefile.PL").write_text(
            "use ExtUtils::MakeMaker;\n"
            f"WriteMakefile(NAME => '{module}',\n"
            f"    VERSION_FROM => '{source.relative_to(folder)}');\n"
        )
        run([program, "Makefile.PL", f"INSTALL_BASE={base}"], cwd=folder)
        run([make, "install"], cwd=folder)
    return base


def captured(base: Path) -> dict[str, bytes]:
    files = {path.as_posix()[1:]: path for path in base.rglob("*") if path.is_file()}
    return files_for(perl.CATALOGER.wants, {name: p.read_bytes() for name, p in files.items()})


def test_same_modules_versions_and_files_as_perl_lists(base: Path) -> None:
    listing = run([require_tool("perl"), "-MExtUtils::Installed", "-e", INSTALLED, base]).stdout
    rows = [line.split("\t") for line in listing.decode().splitlines()]
    assert len(rows) == 2
    files = captured(base)
    packages = list(perl.parse(files))
    found = {(p.name, p.version) for p in packages if isinstance(p, Package)}
    assert found == {(row[0].replace("::", "-"), row[1]) for row in rows}
    assert len(packages) == len(rows)
    owned = {(o.owner[0], o.path) for o in perl.owns(files) if not o.path.endswith(".packlist")}
    assert owned == {(row[0].replace("::", "-"), path[1:]) for row in rows for path in row[2:]}


def test_files_of_the_fixture_and_its_evidence_are_owned() -> None:
    """The first two as ExtUtils::Installed lists them."""
    owned = perl.owns(Case(FOLDER / "perl" / "ordinary").files)
    arch = "opt/app/local/lib/perl5/x86_64-linux-gnu-thread-multi"
    owner = ("Other-Thing", "v0.2.1", "")
    assert [o for o in owned if o.owner == owner and o.path.startswith("opt/")] == [
        Owned(owner, f"{arch}/auto/Other/Thing/.packlist", "file"),
        Owned(owner, f"{arch}/.meta/Other-Thing-v0.2.1/MYMETA.json", "file"),
        Owned(owner, "opt/app/local/lib/perl5/Other/Thing.pm", "file"),
    ]


def test_the_list_that_core_modules_share_is_not_asked_for() -> None:
    wants = perl.CATALOGER.wants
    given = {
        "usr/local/lib/perl5/5.40.0/x86_64-linux-gnu/.packlist": b"/usr/local/bin/perl\n",
        "root/.cpanm/work/1/Demo-1.0/MYMETA.json": b"{}",
    }
    assert files_for(wants, given) == {}


def test_names_that_no_text_can_have_are_made_visible() -> None:
    folder = "usr/lib/perl5/.meta/Demo-1.0"
    files = {
        f"{folder}/MYMETA.json": b'{"prereqs": {"runtime": {"requires": {"A\\udfff": "0"}}}}',
        f"{folder}/install.json": b'{"provides": {"\\ud800": {}}}',
    }
    [package] = perl.parse(files)
    assert isinstance(package, Package)
    assert package.provides == (r"\ud800",)
    assert package.requires == ((r"A\udfff",),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/usr/a", Listed("usr/a", is_link=False)),
        ("/usr/a b", Listed("usr/a b", is_link=False)),
        ("/usr/a type=file from=/x/y", Listed("usr/a", is_link=False)),
        ("/usr/a b type=link", Listed("usr/a b", is_link=True)),
        ("/usr//lib/../a\r", Listed("usr/a", is_link=False)),
    ],
)
def test_lines_of_a_packlist(line: str, expected: Listed) -> None:
    assert list(packlist(f"\n{line}\n".encode())) == [expected]


def test_a_log_gives_every_installation_in_its_order() -> None:
    heading = "=head2 Sat Nov 21 19:03:29 2026: C<Module> L<{0}|{0}>\n\n=over 4\n\n=item *\n\n"
    data = heading.format("A::B") + "C<VERSION: 1>\n\n" + heading.format("C") + "C<EXE_FILES: x>\n"
    assert list(perllocal(data.encode())) == [Logged("A::B", "1"), Logged("C", "")]
