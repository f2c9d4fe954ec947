"""What looks like a secret, and that nothing of it is shown but two characters and its length.

The values are those that gitleaks' own rules are tested with (cmd/generate/config/rules), and
placeholders that those rules let pass.
"""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.secrets import (
    Masker,
    masked,
    plausible,
    secret_name,
    secret_setting,
    spans,
    step_spans,
)

JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJjb25maWRlbmNlIjowLjh9"
    ".kvRPfjAhLhtRTczoRgctVGp7KY1QVH3UBZM-gM0x8ec"
)
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"
SHAPED = [
    ("AKIALALEMEL33243OLIB", "an AWS access key ID"),
    ("ghp_" + "a1B2" * 9, "a GitHub token"),
    ("github_pat_" + "a1B2c3D4e5F" * 7 + "12345", "a GitHub token"),
    ("glpat-" + "abcde" * 4, "a GitLab token"),
    ("xoxb-781236542736-2364535789652-GkwFDQoHqzXDVsC6GzqYUypD", "a Slack token"),
    ("xoxp-41684372915-1320496754-45609968301-e708ba56e1517a99f6b5fb07349476ef", "a Slack token"),
    ("AIza" + "SyD-a1B2c" * 3 + "12345678", "a Google API key"),
    ("npm_" + "a1B2" * 9, "an npm token"),
    (JWT, "a JSON Web Token"),
    (KEY, "a private key"),
]
IN_COMMANDS = [
    ("curl --cacert ca.crt -u elastic:P@ssw0rd$1 https://localhost:9200", "P@ssw0rd$1"),
    ("curl -s --user 'api:d2LkV78zLx!t' https://api.example.org", "d2LkV78zLx!t"),
    ("curl -H 'Authorization: Basic YnJvd3Nlcjo=' https://a.example", "YnJvd3Nlcjo="),
    (
        "curl https://a.example -H 'Authorization: Bearer cfcabd11c7ed9a41b1a3e063c32d5114'",
        "cfcabd11c7ed9a41b1a3e063c32d5114",
    ),
    (
        "curl --header  'Authorization:  5eb4223e-5008-46e5-be67-c7b8f2732305'",
        "5eb4223e-5008-46e5-be67-c7b8f2732305",
    ),
    ('curl -X POST --header "Api-Token: Sk94HG7f6KB"', "Sk94HG7f6KB"),
    ("git clone https://oauth2:kd83jdkk@git.example/x.git", "kd83jdkk"),
    ("psql postgres://app:s3cr3t@@db:5432/app", "s3cr3t@"),
    ("npm config set //r.example/:_authToken=f00ba4f00ba4", "f00ba4f00ba4"),
    ("java -Ddb.password=hunter2x -jar a.jar", "hunter2x"),
    ("mytool --password hunter2x --verbose", "hunter2x"),
    ("mytool --password='two words' x", "two words"),
    ('echo \'{"auths":{"r.example":{"token":"dXNlcjpwYXNz"}}}\' > c', "dXNlcjpwYXNz"),
    ("echo 'root:hunter2x' | chpasswd", "hunter2x"),
    # docker-login(1): -p, --password; --password-stdin
    ("docker login -u x -p hunter2x registry.example", "hunter2x"),
    ("podman login registry.example -u x -p='two words'", "two words"),
    ("echo 'hunter2x' | docker login -u x --password-stdin", "hunter2x"),
    ("printf '%s' hunter2x | docker login --password-stdin -u x r.example", "hunter2x"),
    # docker's config.json, "auths"; npmrc(5), `_auth`
    ('echo \'{"auths":{"r.example":{"auth":"dXNlcjpwYXNz"}}}\' > c', "dXNlcjpwYXNz"),
    (r'RUN echo "{\"auths\":{\"r\":{\"auth\":\"dXNlcjpwYXNz\"}}}"', "dXNlcjpwYXNz"),
    ("echo //r.example/:_auth=dXNlcjpwYXNz >> .npmrc", "dXNlcjpwYXNz"),
    # npm-config(1): npm config set key value
    ("npm config set //registry.npmjs.org/:_authToken f00ba4f00ba4", "f00ba4f00ba4"),
    # mysql(1), --password[=password], -p[password]: "no space between -p and the password"
    ("mysql -uroot -phunter2x -e 'select 1'", "hunter2x"),
    ("/usr/bin/mysqldump -u root -p'two words' db", "two words"),
    # sshpass(1): -p password
    ("sshpass -p 'hunter2x' ssh h", "hunter2x"),
    ("sshpass -phunter2x ssh h", "hunter2x"),
    # netrc(5): machine, login, password, between any white space
    ('echo "machine h login x password hunter2x" > ~/.netrc', "hunter2x"),
    (r"printf 'machine h\nlogin x\npassword hunter2x\n' > ~/.netrc", "hunter2x"),
    # openssl-passphrase-options(1): pass:password is the password itself
    ("openssl rsa -in k -passin pass:hunter2x", "hunter2x"),
    # GitHub, "Authenticating to the API": a token in place of a user
    (
        "git clone https://0123456789abcdef0123456789abcdef01234567@github.com/x/y",
        "0123456789abcdef0123456789abcdef01234567",
    ),
    ("PGPASSWORD='two words' psql", "two words"),
    ("mytool --password 'two words' x", "two words"),
    ('CMD ["mytool" "--password" "hunter2x"]', "hunter2x"),
    ('CMD ["mytool","--password","hunter2x"]', "hunter2x"),
]
HARMLESS = [
    "curl -i -u 'test:test'",
    "curl -u <user:password> https://test.example/endpoint",
    'curl -u "${_username}:${_password}"',
    'curl -k -X POST -I -u "SRVC_JENKINS:${APPID}"',
    'curl https://a.example -H "Authorization: Bearer XXXXXXXXXXXX"',
    'curl -X GET https://a.example -H "apikey: $API_KEY" -H "Accept: $FORMAT"',
    'curl -H "Authorization: Bearer $(gcloud auth print-access-token)" https://a.example',
    "key = AKIAIOSFODNN7EXAMPLE",
    "TODAYINASIAASACKOFRICEFELLOVER",
    "xoxb-xxx",
    "docker login --password-stdin registry.example",
    "useradd -u 1000 app && chown 1000:1000 /x",
    "apt-get update && apt-get install -y passwd libsecret-1-0",
    "git clone https://github.com/x/y.git@v1",
    "COPY --from=0 /a:/b /c # buildkit",
    'set -eux; savedAptMark="$(apt-mark showmanual)"; token=$(cat /run/secrets/t)',
    "docker login -u x -p $TOKEN registry.example",
    'echo "$TOKEN" | docker login -u x --password-stdin',
    "gh auth login -p https",
    "login -p -f root",
    "apt-get install -y mysql-client && mkdir -pv /var/lib/mysql/x",
    "mysql -p -P3306 -h db -uroot",
    "mysql -uroot -p$MYSQL_ROOT_PASSWORD",
    "chown -R mysql:mysql /x && install -o mysql -g mysql -preserve x /y",
    "the login form asks for a password twice",
    "give each machine a default login and password to begin with",
    "git config --global user.name somebody && git config --global credential.helper store",
    "npm config set registry https://registry.example/npm/",
    "the config token value is described below",
    "git clone ssh://git@github.com/x/y https://organisation@dev.azure.com/x",
    "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/1",
    '{"auth": "basic", "auths": {"r": {}}} AUTH=required REGISTRY_AUTH=htpasswd AUTHOR=somebody',
    "POSTGRES_HOST_AUTH_METHOD=md5 MYSQL_PORT=3306 COMPAT=strictly FILE_PAT=*.conf COMPASS=north",
    "DB_PASSWORD= DB_PASSWORD_FILE=/run/secrets/db TOKEN=${TOKEN:-none} API_KEY=changeme",
]


def found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans(text)]


@pytest.mark.parametrize(("value", "what"), SHAPED)
def test_a_known_shape_is_found_wherever_it_stands(value: str, what: str) -> None:
    text = f"RUN tool '{value}' && true"
    assert found(text) == [value]
    assert [span.what for span in spans(text)] == [what]


@pytest.mark.parametrize(("text", "value"), IN_COMMANDS)
def test_a_secret_of_a_command_is_found_as_a_whole(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize("text", HARMLESS)
def test_placeholders_and_lookalikes_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "name",
    [
        *("DB_PASSWORD", "db.password", "GITHUB_TOKEN", "apiKey", "API_KEY", "APIKEY"),
        *("PGPASSWORD", "SSHPASS", "DBPASSWORD", "GITHUBTOKEN", "NPM_AUTH", "npm_config__auth"),
        *("REDISCLI_AUTH", "GH_PAT", "AZURE_DEVOPS_EXT_PAT", "dbpasswd", "ROOTPASS"),
        *("clientSecret", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE", "MYSQL_PWD", "TOKEN2"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("GPG_KEY", "PWD", "OLDPWD", "TOKEN_URL", "PASSWORD_FILE", "PUBLIC_KEY", "TOKENS"),
        *("AUTHOR", "AUTHORS", "OAUTH_URL", "REGISTRY_AUTH", "AUTH", "XAUTHORITY", "PAT", "COMPAT"),
        *("MYSQL_PORT", "FILE_PAT", "PGPASSFILE", "PATTERN", "DISPATCH", "TOKENIZER", "PASSENGER"),
        *("SSH_PUBLIC_TOKEN", "COMPASS", "BYPASS", "KEY", "PATH", "", "SECRETARY"),
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not secret_name(name)


@pytest.mark.parametrize(
    "value",
    [
        *("", "  ", "''", "$X", "${X}", "<password>", "changeme", "change-me", "xxxx", "****"),
        *("true", "yes", "0", "{{ .Values.x }}", "your-token-here", "password", "none"),
        *("/run/secrets/db", "https://auth.example/token", "AKIAIOSFODNN7EXAMPLE"),
    ],
)
def test_placeholders_are_no_secrets(value: str) -> None:
    assert not secret_setting("DB_PASSWORD", value)
    assert not plausible(value)


def test_build_arguments_and_settings_are_taken_whole() -> None:
    """As docker's classic builder and BuildKit write them: without quotes."""

    def values(text: str) -> list[str]:
        return [text[span.start : span.end] for span in step_spans(text)]

    assert values("|2 DB_PASSWORD=my two words USER=x /bin/sh -c make") == ["my two words"]
    assert values("RUN |1 TOKEN=abc def /bin/bash -o pipefail -c make # buildkit") == ["abc def"]
    assert values("|1 TOKEN=abc de=f ghi /bin/sh -c make") == ["abc de=f ghi"]
    assert values("ENV DB_PASSWORD=my two words A=b") == ["my two words"]
    assert values("/bin/sh -c #(nop)  ENV TOKEN=one two") == ["one two"]
    assert values("ARG TOKEN=one two # buildkit") == ["one two"]
    assert values("ARG TOKEN") == []
    assert values('/bin/sh -c #(nop) ENV TOKEN="one two"') == ["one two"]
    assert values("ENV TOKEN one two # buildkit") == ["one two"]  # Dockerfile reference, "ENV"
    assert values("ENV A TOKEN=x1y2") == ["x1y2"]


def test_what_is_shown_of_a_value() -> None:
    assert masked("AKIALALEMEL33243OLIB") == "AK...(20 characters)"
    assert masked("hunter2") == "...(7 characters)"
    assert masked("x") == "...(1 character)"


def test_a_known_secret_is_masked_where_nothing_names_it() -> None:
    masker = Masker(["correct-horse", "fish"])
    assert masker.text("echo correct-horse|fish > /fishing") == (
        "echo co...(13 characters)|...(4 characters) > /fishing"
    )


WORDS = st.text(string.ascii_letters + string.digits + "_-+/=.:", min_size=10, max_size=60).filter(
    lambda value: plausible(value) and value[0] not in "-=:."
)


@given(WORDS, st.sampled_from(["DB_PASSWORD={}", "-e API_TOKEN='{}' x", '{{"secret": "{}"}}']))
def test_no_named_secret_survives(value: str, form: str) -> None:
    text = form.replace("{{", "{").replace("}}", "}").replace("{}", value, 1)
    assert value not in Masker().text(text)


@given(st.text(max_size=300))
def test_any_text_is_taken_apart_without_trouble(text: str) -> None:
    end = 0
    for span in step_spans(text):
        assert end <= span.start < span.end <= len(text)
        assert span.what
        end = span.end


@given(st.lists(st.text(min_size=8, max_size=20), min_size=1, max_size=4), st.data())
def test_no_known_secret_survives_in_any_text(known: list[str], data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(known), st.text(max_size=5))))
    shown = Masker(known).text("".join(pieces))
    assert not [value for value in known if value in shown]


@pytest.mark.parametrize(
    "piece",
    [
        *("://", "a-", "eyJ-", "a:", "TOKEN", '"', 'a="\\', "-----BEGIN PRIVATE KEY-----", "x: "),
        *("docker login ", 'docker login -p \\"', "echo '", 'echo "\\"|', "mysql -p", "echo x |"),
        *("mysql 'a", "machine a login b ", r"machine\nlogin\n", "default login x ", '"auth":"'),
        *(
            "git config ",
            "git config -a ",
            "https://a1",
            "sshpass -p",
            "-pass pass:",
            "auths _auth=",
        ),
        *('"--token", ', "--password '", "ENV TOKEN "),
        *("--a ", " /a", "|9 a=", "curl -u ", "ghp_", "ENV A=b ", " PASSWORD=x1y2"),
    ],
)
def test_the_work_grows_with_the_text_only(piece: str) -> None:
    """A pattern that were quadratic would not come to an end with these."""
    needed = "mysql mariadb login password --password-stdin auths config pass: "
    text = needed + piece * (200_000 // len(piece))
    Masker().text(text)
    Masker().text(f"ENV {text}")
