"""No secret of a command line is shown; what is none stays readable; no line takes long."""

import re
import shlex
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.model.redact import MAX_TAIL, redact, redact_text
from monitor.model.redact_names import is_secret
from monitor.model.redact_programs import ROWS, Row
from monitor.model.redact_shapes import SHAPES, Shape

# None of it may be left, nor a piece of six characters.
S = "Vq7mT2xK9pLw"
LONG = "Vq7mT2xK9pLwZr4nB8sD6fGhJ3cY5tRe1uAo"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{LONG}\n{LONG}\n-----END RSA PRIVATE KEY-----"

# A command line as one types it, and as it is shown.
HIDDEN = [
    # By the option's name.
    (f"x --password={S} y", "x --password=*** y"),
    (f"x --password {S} y", "x --password *** y"),
    (f"x -password {S} --token={S}", "x -password *** --token=***"),
    (f"x --password 'a {S} b' y", "x --password *** y"),
    (f"x '--password=a {S} b' y", "x --password=*** y"),
    (f"x --api-key {S} --apiKey={S} --API_KEY={S}", "x --api-key *** --apiKey=*** --API_KEY=***"),
    (f"x --secret {S} --client-secret {S}", "x --secret *** --client-secret ***"),
    (f"x --auth {S} --passphrase {S}", "x --auth *** --passphrase ***"),
    (f"x --auth=me:{S} --db-pass {S}", "x --auth=*** --db-pass ***"),
    (f"cast send --private-key 0x{S}", "cast send --private-key ***"),
    (f"x --token -{S}", "x --token ***"),
    (f"java -Ddb.password={S} -jar x.jar", "java -Ddb.password=*** -jar x.jar"),
    (f"keytool -storepass {S} -keypass {S}", "keytool -storepass *** -keypass ***"),
    (f"kubectl --token {S} get pods", "kubectl --token *** get pods"),
    (f"kubeadm join h --token abc.{S}", "kubeadm join h --token ***"),
    (f"tailscale up --authkey {S}", "tailscale up --authkey ***"),
    (f"redis-server --requirepass {S} --port 1", "redis-server --requirepass *** --port 1"),
    (f"wget --http-password {S} u", "wget --http-password *** u"),
    (f"gcloud sql users create u --password={S}", "gcloud sql users create u --password=***"),
    (f"az storage ls --account-key {S}", "az storage ls --account-key ***"),
    (f"az storage ls --sas-token {S}", "az storage ls --sas-token ***"),
    (f"az login -u a -p {S}", "az login -u a -p ***"),
    (f"erl -setcookie {S}", "erl -setcookie ***"),
    (f"gpg --batch --passphrase {S} -d x", "gpg --batch --passphrase *** -d x"),
    (f"kubectl create secret generic x --from-literal=password={S}",
     "kubectl create secret generic x --from-literal=password=***"),
    (f"helm install --set a=b,db.password={S} x", "helm install --set a=b,db.password=*** x"),
    # By the program.
    (f"mysql -uroot -p{S} db", "mysql -uroot -p*** db"),
    (f"/usr/bin/mysqldump -p{S} db", "/usr/bin/mysqldump -p*** db"),
    (f"mariadb-dump -p{S} db", "mariadb-dump -p*** db"),
    (f"sudo -u root mysql -p{S}", "sudo -u root mysql -p***"),
    (f"docker exec -it db mysql -p{S}", "docker exec -it db mysql -p***"),
    (f"sshpass -p {S} ssh -p 22 host", "sshpass -p *** ssh -p 22 host"),
    (f"sshpass -p{S} ssh host", "sshpass -p*** ssh host"),
    (f"curl -u me:{S} u", "curl -u me:*** u"),
    (f"curl -sSfume:{S} u", "curl -sSfume:*** u"),
    (f"curl --user me:{S} --proxy-user=me:{S} u", "curl --user me:*** --proxy-user=me:*** u"),
    (f"curl -b id={S} u", "curl -b *** u"),
    (f"http -a me:{S} u", "http -a *** u"),
    (f"docker login -u me -p {S} r", "docker login -u me -p *** r"),
    (f"podman login -p{S} r", "podman login -p*** r"),
    (f"skopeo copy --src-creds me:{S} a b", "skopeo copy --src-creds *** a b"),
    (f"redis-cli -h x -a {S} ping", "redis-cli -h x -a *** ping"),
    (f"mongosh -u me -p {S}", "mongosh -u me -p ***"),
    (f"openssl enc -passin pass:{S} -in x", "openssl enc -passin pass:*** -in x"),
    (f"openssl enc -k {S} -in x", "openssl enc -k *** -in x"),
    (f"openssl passwd -6 {S}", "openssl passwd -6 ***"),
    (f"7z a -p{S} x.7z", "7z a -p*** x.7z"),
    (f"unzip -P {S} x", "unzip -P *** x"),
    (f"zip -rP{S} x y", "zip -rP*** x y"),
    (f"smbclient //h/s -U user%{S}", "smbclient //h/s -U user%***"),
    (f"ldapsearch -x -D cn=a -w {S}", "ldapsearch -x -D cn=a -w ***"),
    (f"ldapsearch -xw{S} -b dc=x", "ldapsearch -xw*** -b dc=x"),
    (f"snmpwalk -v2c -c {S} h", "snmpwalk -v2c -c *** h"),
    (f"ipmitool -H h -U a -P {S}", "ipmitool -H h -U a -P ***"),
    (f"xfreerdp /u:a /p:{S} /v:h", "xfreerdp /u:a /p:*** /v:h"),
    (f"sqlcmd -S h -U sa -P {S}", "sqlcmd -S h -U sa -P ***"),
    (f"mosquitto_pub -u a -P {S} -t x", "mosquitto_pub -u a -P *** -t x"),
    (f"plink -pw {S} h", "plink -pw *** h"),
    (f"lftp -u me,{S} h", "lftp -u me,*** h"),
    (f"sqlplus scott/{S}@db", "sqlplus scott/***@db"),
    (f"htpasswd -b file user {S}", "htpasswd -b file user ***"),
    (f"htpasswd -nb user {S}", "htpasswd -nb user ***"),
    (f"rabbitmqctl add_user bob {S}", "rabbitmqctl add_user bob ***"),
    (f"wpa_passphrase net {S}", "wpa_passphrase net ***"),
    (f"vault login {S}", "vault login ***"),
    (f"vault kv put secret/x a={S}", "vault kv put secret/x a=***"),
    (f"nmcli dev wifi connect X password {S}", "nmcli dev wifi connect X password ***"),
    (f"git config --global github.token {S}", "git config --global github.token ***"),
    (f"aws configure set aws_secret_access_key {S}", "aws configure set aws_secret_access_key ***"),
    (f"etcdctl --user root:{S} get x", "etcdctl --user root:*** get x"),
    (f"mount -t cifs -o username=a,password={S},ro //h/s /m",
     "mount -t cifs -o username=a,password=***,ro //h/s /m"),
    (f"curl -E x.pem:{S} u", "curl -E x.pem:*** u"),
    (f"wbinfo -a user%{S}", "wbinfo -a user%***"),
    (f"ldappasswd -a {S} -s {S}", "ldappasswd -a *** -s ***"),
    (f"useradd -m -p {S} bob", "useradd -m -p *** bob"),
    (f"rabbitmqadmin -u a -p {S} list queues", "rabbitmqadmin -u a -p *** list queues"),
    (f"gitlab-runner register -r {S}", "gitlab-runner register -r ***"),
    (f"pkcs11-tool -l --pin {S}", "pkcs11-tool -l --pin ***"),
    (f"ngrok config add-authtoken {S}", "ngrok config add-authtoken ***"),
    # By the variable's name.
    (f"env MYSQL_PWD={S} mysql", "env MYSQL_PWD=*** mysql"),
    (f"docker run -e DB_PASSWORD={S} -p 80:80 x", "docker run -e DB_PASSWORD=*** -p 80:80 x"),
    (f"docker run -eDB_PASSWORD={S} x", "docker run -eDB_PASSWORD=*** x"),
    (f"docker run --env=API_TOKEN={S} x", "docker run --env=API_TOKEN=*** x"),
    (f"env AWS_SECRET_ACCESS_KEY={S} MY_CREDENTIAL={S} x",
     "env AWS_SECRET_ACCESS_KEY=*** MY_CREDENTIAL=*** x"),
    (f"env PGPASSWORD={S} OPENAI_API_KEY={S} x", "env PGPASSWORD=*** OPENAI_API_KEY=*** x"),
    # In headers.
    (f"curl -H 'Authorization: Bearer {S}' u", "curl -H Authorization: Bearer *** u"),
    (f"curl -H 'authorization: basic {S}' u", "curl -H authorization: basic *** u"),
    (f"curl '-HAuthorization: {S}' u", "curl -HAuthorization: *** u"),
    (f"curl -H X-Api-Key:{S} u", "curl -H X-Api-Key:*** u"),
    (f"curl --header='PRIVATE-TOKEN: {S}' u", "curl --header=PRIVATE-TOKEN: *** u"),
    (f"curl -H 'Cookie: a={S}; b={S}' u", "curl -H Cookie: *** u"),
    (f"curl -H Authorization: Bearer {S}", "curl -H Authorization: Bearer ***"),
    # In URLs.
    (f"psql postgres://me:{S}@h/db", "psql postgres://me:***@h/db"),
    (f"psql postgres://me:a@{S}@h/db", "psql postgres://me:***@h/db"),
    (f"redis-cli -u redis://:{S}@h:6379", "redis-cli -u redis://:***@h:6379"),
    (f"git clone https://oauth2:{S}@h/x", "git clone https://oauth2:***@h/x"),
    (f"curl -x me:{S}@proxy:3128 u", "curl -x me:***@proxy:3128 u"),
    (f"x --dsn https://{LONG}@sentry.io/1", "x --dsn https://***@sentry.io/1"),
    (f"curl https://h/?a=b&token={S}&c=d", "curl https://h/?a=b&token=***&c=d"),
    (f"curl https://h/?key={S}#x", "curl https://h/?key=***#x"),
    (f"curl https://h/?X-Amz-Credential={S}&X-Amz-Signature={S}",
     "curl https://h/?X-Amz-Credential=***&X-Amz-Signature=***"),
    (f"curl https://h/?sv=1&sig={S}%3D", "curl https://h/?sv=1&sig=***"),
    (f"x jdbc:mysql://h/db?user=a&password={S}", "x jdbc:mysql://h/db?user=a&password=***"),
    (f"x jdbc:oracle:thin:scott/{S}@h:1521/x", "x jdbc:oracle:thin:scott/***@h:1521/x"),
    (f"curl https://hooks.slack.com/services/T0/B0/{S}", "curl https://hooks.slack.com/services/***"),
    # In connection strings and data.
    (f"psql 'host=h password={S} user=x'", "psql host=h password=*** user=x"),
    (f"app 'Server=x;User Id=sa;Password={S} {S};Database=y'",
     "app Server=x;User Id=sa;Password=***;Database=y"),
    (f"az 'AccountName=x;AccountKey={S}==;EndpointSuffix=y'",
     "az AccountName=x;AccountKey=***;EndpointSuffix=y"),
    (f"""curl -d '{{"user":"x", "password": "{S}"}}' u""",
     'curl -d {"user":"x", "password": "***"} u'),
    (f"""curl -d '{{"token":"a\\"{S}"}}' u""", 'curl -d {"token":"***"} u'),
    (f"curl -d user=x&password={S} u", "curl -d user=x&password=*** u"),
    (f"npm config set //r/:_authToken={S}", "npm config set //r/:_authToken=***"),
    # By their looks.
    (f"x AKIA{LONG.upper()[:16]}", "x ***"),
    (f"x ghp_{LONG} gho_{LONG}", "x *** ***"),
    (f"x github_pat_{LONG}", "x ***"),
    (f"x glpat-{LONG} xoxb-{LONG}", "x *** ***"),
    (f"x AIza{LONG} sk_live_{LONG}", "x *** ***"),
    (f"x eyJhbGciOiJIUzI1NiJ9.eyJ{LONG}.{LONG}", "x ***"),
    (f"x sk-proj-{LONG} hvs.{LONG}", "x *** ***"),
    (f"x ya29.{LONG} hf_{LONG} npm_{LONG}", "x *** *** ***"),
    (f"x pypi-AgE{LONG} dckr_pat_{LONG} SG.{LONG}.{LONG}", "x *** *** ***"),
    (f"x dop_v1_{LONG} shpat_{LONG} glsa_{LONG} tskey-auth-{LONG}", "x *** *** *** ***"),
    (f"x ATATT3{LONG} dapi0123456789abcdef0123", "x *** ***"),
    (f"x AGE-SECRET-KEY-1{LONG.upper()}", "x ***"),
    (f"x https://api.telegram.org/bot123456789:AA{LONG}/x",
     "x https://api.telegram.org/bot123456789:***/x"),
    (f"x https://discord.com/api/webhooks/12/{S}", "x https://discord.com/api/webhooks/12/***"),
    (f"x '{PEM}' y", "x *** y"),
    (f"x --key='{PEM}' y", "x --key=*** y"),
    # Lines within lines.
    (f"""sh -c "mysql -p'{S} {S}' && PGPASSWORD={S} psql -h x" """,
     "sh -c mysql -p*** && PGPASSWORD=*** psql -h x"),
    (f"""sh -c "curl -H 'Authorization: Bearer {S}' u" """,
     "sh -c curl -H 'Authorization: Bearer ***' u"),
    (f"""ssh h 'sudo sh -c "sshpass -p {S} scp a b"'""",
     'ssh h sudo sh -c "sshpass -p *** scp a b"'),
    (f"'worker: --password {S} --port 80'", "worker: --password *** --port 80"),
    (f"""python -c 'password = "{S}"' """, 'python -c password = "***"'),
]  # fmt: skip

# What is no secret, and what only names one.
SHOWN = """
x --password-file path --token-file=/run/t --secret-name db --api-key-file k
x --max-tokens 4096 --tokenizer bert --token-limit 12 --password-length 8
x --password --host y
x --private-key ~/.ssh/id_rsa --private-key=/etc/ssl/private/x.key
docker login --password-stdin -u me r
docker run -p 8080:80 --name mongo -p 27017:27017 mongo:8
docker build --secret id=npm,src=/root/.npmrc .
docker run -v secrets:/run/secrets auth:1.2 x/token-service:latest
docker pull r/x/auth:1.2@sha256:0123
mysql -u root -p db
mysqld --port=3306 --datadir=/var/lib/mysql
ssh -p 8080 user@host
scp -P 22 a me@h:/x
git push -u origin main
git clone git@github.com:a/b.git
git -c credential.helper=store fetch
ssh-keygen -t ed25519 -f /root/.ssh/id_ed25519 -N x
tar -pxf x.tar
mkdir -p /var/token
ps -u root -p 1
nginx -p /etc/nginx
cp -a x y
curl -u me https://h:8080/a@b
curl -o x https://h/?page=2&sort=name
psql postgres://h:5432/db -U me
psql -p 5432 -h db -U me -w
redis-cli -h x -p 6379
rsync -a --password-file=/etc/x a::b
Xorg :0 -auth /run/lightdm/root/:0
ansible-playbook --ask-pass --ask-become-pass --vault-password-file ~/x play.yml
ffmpeg -i a.mkv -pass 2 -b:v 1M out.mkv
env GOOGLE_APPLICATION_CREDENTIALS=/etc/gcp.json SSH_AUTH_SOCK=/run/x GIT_ASKPASS=/bin/x PWD=/root y
mongod --auth --port 27017
x --auth none --auth-mode=token
monitor --host ::1 --log-level debug
java -Xmx512m -cp a.jar:b.jar org.example.Main --server.port=8080
qemu-system-x86_64 -m 4096 -netdev user,id=n0,hostfwd=tcp::2222-:22
openssl req -new -key x.key -passin file:/run/pass -out x.csr
openssl enc -passin env:X -in y
/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation
[kworker/0:1-events]
mailto:me@example.org npm:x@1.0
systemd-ask-password --no-tty
chrome --type=renderer --field-trial-handle=1,i,2 --token-bucket=3x
python -m http.server --bind 127.0.0.1
7z x archive.7z -o/tmp
kubectl get secret db -o yaml
vault status -address=https://h:8200
""".strip().split("\n")  # fmt: skip


@pytest.mark.parametrize(("typed", "shown"), HIDDEN, ids=map(str, range(len(HIDDEN))))
def test_a_secret_is_hidden_and_the_rest_is_not(typed: str, shown: str) -> None:
    arguments = shlex.split(typed)
    found = redact(arguments)
    assert " ".join(found) == shown
    assert redact(found) == found
    assert not any(LONG[at : at + 6] in shown for at in range(len(LONG) - 6))


@pytest.mark.parametrize("typed", [typed for typed, _ in HIDDEN], ids=map(str, range(len(HIDDEN))))
def test_nor_does_it_leak_from_a_line_that_is_one_text(typed: str) -> None:
    text = redact_text(typed.strip())
    assert S[:8] not in text and redact_text(text) == text


@pytest.mark.parametrize("typed", SHOWN, ids=map(str, range(len(SHOWN))))
def test_what_is_no_secret_stays(typed: str) -> None:
    arguments = typed.split()
    assert redact(arguments) == arguments
    assert redact_text(typed) == typed


@pytest.mark.parametrize(
    "text",
    [
        "Forward Password Requests to Wall",
        "Dispatch Password Requests to Console Directory Watch",
        "User Login Management",
        "it's a title: don't",
        "Authentication token daemon",
    ],
)
def test_a_description_stays(text: str) -> None:
    assert redact_text(text) == text


def test_of_what_was_cut_the_end_is_hidden() -> None:
    assert redact(["x", f"ghp_{S[:3]}"], cut=True) == ["x", "***"]
    assert redact(["sh", "-c", f"a b {S}"], cut=True) == ["sh", "-c", "a b ***"]
    assert redact(["y" * 5000], cut=True) == ["y" * (5000 - MAX_TAIL) + "***"]
    assert redact(["x", "-----BEGIN PRIVATE KEY-----\n" + S], cut=False) == ["x", "***"]
    assert redact([], cut=True) == []


def test_a_key_that_the_shell_took_apart_is_one_secret() -> None:
    assert redact(["x", *PEM.split(), "y"]) == ["x", "***", "y"]


@pytest.mark.parametrize("row", ROWS, ids=map(str, range(len(ROWS))))
def test_every_row_has_a_case_here(row: Row) -> None:
    assert any(
        re.search(rf"(?<![\w-])(?:{row.programs})(?![\w-])", typed)
        and any(
            row.option.fullmatch(word) or (row.attached and row.attached.fullmatch(word))
            for word in typed.split()
        )
        for typed, _ in HIDDEN
    )


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.reason for shape in SHAPES])
def test_every_shape_has_a_case_here_and_a_mark_for_it(shape: Shape) -> None:
    texts = [part for typed, _ in HIDDEN for part in (typed, *typed.split())]
    fit = [text for text in texts if shape.pattern.search(text)]
    assert fit
    assert all(any(mark in text.lower() for mark in shape.marks) for text in fit)


@pytest.mark.parametrize("name", ["password", "DB_PASS", "apiKey", "--client-secret", "x.token"])
def test_a_name_is_a_secrets_however_it_is_written(name: str) -> None:
    assert is_secret(name)


# Pieces that mean something, so that they meet in every way.
PIECES = [
    *("--password", "--password=", "-p", "-u", "--token", "password", "token", "="),
    *("'", '"', "\\", " ", ";", "&", "?key=", "{", "}", ",", '"password":', "\\\"token\\\": \\\""),
    *("mysql", "curl", "ssh", "sshpass", "vault", "kv", "login", "docker", "git", "htpasswd -nb "),
    *("openssl passwd", "a", "me:x", "x@h", ":", "://", "@", "***", "*"),
    *("Authorization:", "Bearer", "-H", "/", "%"),
    *("ghp_0123456789abc", "AKIA0123456789ABCDEF", "eyJ0123456789abc", "-"),
    "-----BEGIN PRIVATE KEY-----",
    *("-----END PRIVATE KEY-----", "DB_PASSWORD=", "sh", "-c", ";Password=", "\n", "é", "\udcff"),
]  # fmt: skip
words = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.text(st.characters(exclude_characters="\0"), max_size=30),
)


@settings(max_examples=2000, deadline=None)
@given(st.lists(words, max_size=8))
@example([])
@example([""])
def test_it_changes_its_own_answer_no_more_and_adds_no_more_than_its_stars(a: list[str]) -> None:
    shown = redact(a)
    assert redact(shown) == shown
    assert sum(map(len, shown)) <= sum(map(len, a)) + 3 * "".join(shown).count("***")
    assert len(shown) <= len(a)
    redact(a, cut=True)


# What makes a careless pattern take the square of it.
HOSTILE = [
    *("a", "-", "=", "a=", "'", '"', "\\", "@", "%", "[", "{", " \t", "a b ", "a.", "a:"),
    *("A-", "--a-", "eyJ", "sk-", "AKIA", "xoxb-", "glpat-", "123456:AA", "12345:", "bearer "),
    *("password", "password=", "--password ", "://", "://a:", "a:b@", "?a=", "&token="),
    *(";password=", "oracle:a:b/"),
    *("-----BEGIN ", "-----BEGIN PRIVATE KEY-----", '"a":', '"password":"'),
    "\\\"password\\\":\\\"",
    *("\\\"", "'\"", '"\\', '="', "\\'", " a=' password=", "hooks.slack.com/a/"),
    *(" mysql", " -p", " curl -u", " vault kv put a=", " htpasswd -b"),
]  # fmt: skip
SMALL, BIG = 1 << 17, 1 << 20


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_megabyte_takes_eight_times_as_long_as_an_eighth(piece: str) -> None:
    """Twice of that is let pass, as the machine has other work: the square would be 64 times."""
    line = ("mysql password @ token " + piece * (BIG // len(piece)))[:BIG]
    ratio = 64.0
    for _ in range(3):
        small = seconds(lambda: redact([line[:SMALL]]))
        ratio = min(ratio, seconds(lambda: redact([line])) / small)
        if ratio < 16:
            return
    pytest.fail(f"{ratio:.0f} times")


def seconds(what: Callable[[], object]) -> float:
    began = time.thread_time()
    what()
    return time.thread_time() - began
