#!/usr/bin/env python3
"""inventories.py - compares what marshal and ansible-inventory make of the same inventories: a set
of our own in every form, and random ones. Prints "NAME<TAB>ok" or "NAME<TAB>what differs" a line.

  inventories.py own WORK               the set; each also by way of Ansible's own --list
  inventories.py random WORK SEED N     N inventories made at random, each in every form
"""
import ast, json, os, random, subprocess, sys

MARSHAL = os.environ["MARSHAL"]

# name: (files, sources). A file whose text begins with #! is made a program.
OWN = {
 "ini": ({"f": "lone x=1\n[web]\nweb1 a=1 b='two words'\nweb2:2222\n[db]\ndb1\n[prod:children]\nweb\ndb\n[prod:vars]\nsite=B 1\n[web:vars]\nsite=W\n"}, ["f"]),
 "ini-ranges": ({"f": "[w]\nweb[01:12:3].example.com x=1\n[l]\nd-[a:c]\nr[1:2]s[1:2]\n"}, ["f"]),
 "ini-quotes": ({"f": "[w]\nh a='C:\\Users\\x' b=\"q 'x'\" c=a\\ b d='x # y' # note\ni a=C:\\x\n[w:vars]\ne=CORP\\svc\nf='CORP\\svc'\ng=svc ; note\n"}, ["f"]),
 "ini-values": ({"f": "[w]\nh a=5 b=05 c=-1 d=True e=false f=None g=yes h=1.5 i=0x10 j=[1,2]\n"}, ["f"]),
 "ini-twice": ({"f": "[w]\na x=1 y=1\na x=2\n[v]\na z=3\n"}, ["f"]),
 "ini-ipv6": ({"f": "[w]\n2001:db8::1\n[2001:db8::2]:2222 x=1\n"}, ["f"]),
 "ini-deep": ({"f": "[g0]\nh\n" + "".join(f"[g{i}:children]\ng{i - 1}\n[g{i}:vars]\nd={i}\n" for i in range(1, 40))}, ["f"]),
 "ini-priority": ({"f": "[a]\nh\n[b]\nh\n[a:vars]\nx=a\nansible_group_priority=5\n[b:vars]\nx=b\n"}, ["f"]),
 "ini-same-group-again": ({"f": "[w]\na\n[v]\nb\n[w]\nc x=1\n[w:vars]\ny=1\n[w:vars]\ny=2\n"}, ["f"]),
 "yaml": ({"f.yml": "all:\n  vars: {u: adm}\n  hosts: {lone: {x: 1}}\n  children:\n    web:\n      hosts:\n        web[1:3]: {a: 1}\n        web2: {b: 2}\n    prod:\n      children: {web: , db: {hosts: {db1: }}}\n      vars: {site: B}\n"}, ["f.yml"]),
 "yaml-types": ({"f.yml": "w:\n  hosts:\n    h: {a: yes, b: 'yes', c: 010, d: 1.50, e: null, f: ~, g: '', h: [1, a, {x: off}], i: 2001-01-01x, j: 1_000x}\n"}, ["f.yml"]),
 "yaml-anchors": ({"f.yml": "a: &a\n  hosts: {h1: &v {x: 1, y: 2}}\nb:\n  hosts:\n    h2: {<<: *v, y: 3}\n  vars: {l: *v}\n"}, ["f.yml"]),
 "yaml-deep": ({"f.yml": "".join("  " * (2 * i) + f"g{i}:\n" + "  " * (2 * i + 1) + "children:\n" for i in range(40)) + "  " * 80 + "last: {hosts: {h: }}\n"}, ["f.yml"]),
 "yaml-empty-children": ({"f.yml": "all: {children: {g5: {}, win: , w: {hosts: {a: }}}}\n"}, ["f.yml"]),
 "yaml-ports": ({"f.yml": "w:\n  hosts:\n    a:2222: {x: 1}\n    b[1:2]:\n"}, ["f.yml"]),
 "yaml-without-name": ({"hosts": "---\nall:\n  hosts:\n    a: {x: 1}\n"}, ["hosts"]),
 "windows": ({"f.yml": "win:\n  hosts: {w1: {ansible_host: 10.0.0.1}, w2: }\n  vars: {ansible_connection: winrm, ansible_user: svc, ansible_port: 5986, note_of: '{{ vault_pw }}', ansible_winrm_transport: ntlm}\n"}, ["f.yml"]),
 "templates": ({"f.yml": "w:\n  hosts: {h: {ansible_host: '{{ a }}', l: ['{{ b }}', {c: '{% d %}'}]}}\n", "group_vars/w.yml": "note: 'x {{ y }}'\n"}, ["f.yml"]),
 "vaulted": ({"f.yml": "w:\n  hosts: {h: {v: !vault \"$ANSIBLE_VAULT;1.1;AES256\\n6132\\n\", u: !unsafe '{{ x }}'}}\n"}, ["f.yml"]),
 "other-connections": ({"f": "[sw]\ns1 ansible_connection=network_cli ansible_network_os=ios\n[d]\nc1 ansible_connection=docker\n[w]\nw1\nlocalhost ansible_connection=local\n"}, ["f"]),
 "vars-beside": ({"f": "[w]\nh1\nh2\n[p:children]\nw\n[w:vars]\nx=f\n", "group_vars/all.yml": "x: all\ny: all\nz: all\n", "group_vars/w.yml": "y: w\n", "group_vars/p.yaml": "y: p\nz: p\n", "host_vars/h1.json": '{"z": "h1"}', "host_vars/h2": "n: 1\n"}, ["f"]),
 "vars-folders": ({"f": "[w]\nh1\n", "group_vars/w/10.yml": "x: 1\ny: 1\n", "group_vars/w/20.yml": "x: 2\n", "host_vars/h1/a.yml": "z: 1\n", "host_vars/h1/sub/b.yml": "z: 2\n"}, ["f"]),
 "json": ({"f.json": '{"all": {"children": {"w": {"hosts": {"h": {"x": 1, "t": true, "n": null}}, "vars": {"l": [1, "a"]}}}}}'}, ["f.json"]),
 "program": ({"p": "#!/bin/sh\n[ \"$1\" = --list ] && cat <<'J'\n{\"w\": {\"hosts\": [\"a\", \"b\", \"a\"], \"vars\": {\"x\": 1}}, \"flat\": [\"b\", \"c\"], \"p\": {\"children\": [\"w\", \"none\"]}, \"_meta\": {\"hostvars\": {\"a\": {\"y\": \"\\u00e4\", \"l\": [true, null]}, \"nobody\": {\"z\": 1}}}}\nJ\n"}, ["p"]),
 "folder": ({"inv/01-web": "[w]\na x=1\n", "inv/02.yml": "w: {hosts: {b: {x: 2}}}\n", "inv/03.json": '{"v": {"hosts": {"c": null}}}', "inv/sub/d": "[w]\nd\n", "inv/README.md": "no\n", "inv/old.ini": "[w]\nno\n", "inv/.hidden": "[w]\nno\n", "inv/e~": "[w]\nno\n", "inv/group_vars/w.yml": "y: 1\n", "inv/host_vars/d.yml": "z: 1\n", "inv/zz": "#!/bin/sh\necho '{\"w\": {\"hosts\": [\"e\"]}, \"_meta\": {\"hostvars\": {\"e\": {\"q\": 1}}}}'\n"}, ["inv"]),
 "several": ({"a/f": "[w]\nh x=1\n[w:vars]\ny=1\n", "b/g.yml": "w: {hosts: {h: {x: 2}, i: }}\n", "a/group_vars/w.yml": "z: a\ny: a\n", "b/group_vars/w.yml": "z: b\n", "b/host_vars/h.yml": "k: b\n"}, ["a/f", "b/g.yml"]),
 "several-with-a-folder": ({"inv/f": "[w]\nh x=1\n", "inv/group_vars/all.yml": "z: a\n", "g": "[v]\nh x=2\n", "group_vars/all.yml": "z: b\n"}, ["inv", "g"]),
 "crlf": ({"f": "[w]\r\na x=1\r\nb\r\n[w:vars]\r\ny=two words\r\n", "group_vars/w.yml": "z: 1\r\n"}, ["f"]),
 "empty-sections": ({"f": "[w]\n[v:vars]\nx=1\n[v]\n[p:children]\nw\n[u]\na\n"}, ["f"]),
}


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        os.chmod(path, 0o700 if text.startswith("#!") else 0o600)


def call(argv, folder):
    p = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def sources(names):
    return [word for name in names for word in ("-i", name)]


def theirs(folder, names):
    """The text of --list, and {host: (groups, variables)}."""
    status, out, err = call(["ansible-inventory"] + sources(names) + ["--list"], folder)
    if status:
        raise ValueError("ansible-inventory: " + err.strip()[-300:])
    said = json.loads(out)
    hostvars = said["_meta"]["hostvars"]
    parents, member = {}, {}
    for group, value in said.items():
        if group == "_meta":
            continue
        for child in value.get("children", []):
            parents.setdefault(child, set()).add(group)
        for host in value.get("hosts", []):
            member.setdefault(host, set()).add(group)
    hosts = {}
    for host, groups in member.items():
        todo = list(groups)
        while todo:
            for up in parents.get(todo.pop(), ()):
                if up not in groups:
                    groups.add(up)
                    todo.append(up)
        hosts[host] = (groups - {"all"}, hostvars.get(host, {}))
    return out, hosts


def ours(folder, names):
    status, out, err = call([MARSHAL] + sources(names) + ["inventory", "list", "--json"], folder)
    if status:
        raise ValueError("marshal: " + err.strip()[-300:])
    hosts = {}
    for h in json.loads(out):
        status, one, err = call([MARSHAL] + sources(names) + ["inventory", "show", "--json", h["name"]], folder)
        hosts[h["name"]] = (set(h["groups"]), {v["name"]: v["value"] for v in json.loads(one)["variables"]})
    return hosts


def same(text, value):
    """Whether marshal's text says what Ansible's value does."""
    if isinstance(value, dict) and "__ansible_vault" in value:
        return text == "(vaulted)"
    if isinstance(value, dict) and "__ansible_unsafe" in value:
        value = value["__ansible_unsafe"]
    if isinstance(value, bool):
        return str(text).lower() in (("true", "yes", "on") if value else ("false", "no", "off"))
    if value is None:
        return text in ("", None, "None")
    if isinstance(value, (int, float)):
        for read in (float, lambda t: int(t, 0), lambda t: int(t, 8)):
            try:
                if read(str(text)) == value:
                    return True
            except ValueError:
                pass
        return False
    if isinstance(value, (dict, list)):
        if isinstance(text, str):
            try:
                text = json.loads(text)
            except ValueError:
                text = ast.literal_eval(text)
        if isinstance(value, dict):
            return isinstance(text, dict) and set(text) == set(value) and all(same(text[k], value[k]) for k in value)
        return isinstance(text, list) and len(text) == len(value) and all(map(same, text, value))
    return text == value


def difference(got, want):
    """The first that differs, or None."""
    if set(got) != set(want):
        return f"hosts {sorted(got)}, not {sorted(want)}"
    for host in want:
        if got[host][0] != want[host][0]:
            return f"{host}: groups {sorted(got[host][0])}, not {sorted(want[host][0])}"
        mine, other = got[host][1], want[host][1]
        if set(mine) != set(other):
            return f"{host}: variables {sorted(mine)}, not {sorted(other)}"
        for name in other:
            if not same(mine[name], other[name]):
                return f"{host}: {name} is {mine[name]!r}, not {other[name]!r}"
    return None


def report(name, work):
    try:
        said = work() or "ok"
    except (ValueError, KeyError) as e:
        said = str(e)
    print(name, said.replace("\n", " ").replace("\t", " "), sep="\t", flush=True)


def compare(folder, names):
    listed, want = theirs(folder, names)
    said = difference(ours(folder, names), want)
    if said:
        return said
    write(os.path.join(folder, "listed"), {"all.json": listed})
    said = difference(ours(folder, ["listed/all.json"]), want)
    return said and "from its --list: " + said


# --- at random ----------------------------------------------------------------------------------

VALUES = ["1", "x", "two words", "C:\\Temp\\x", "a=b", "it's", 'say "x"', "ä€", "#x", "a;b", "{{ t }}", "-", "~x", "[a", "a: b", " x", "x ", "!v", "&a", "%x", "@x", "`", "a,b"]


class Model:
    """An inventory that every form can say."""

    def __init__(self, rng):
        n = rng.randint(1, 7)
        self.groups = [f"{rng.choice('abcdxyz')}{i}" for i in range(n)]
        rng.shuffle(self.groups)
        self.hosts = [f"h{i:02}" for i in range(rng.randint(1, 9))]
        # children come later in the list: no loops
        self.children = {g: [c for c in self.groups[i + 1:] if rng.random() < 0.3] for i, g in enumerate(self.groups)}
        self.member = {g: [h for h in self.hosts if rng.random() < 0.4] for g in self.groups}
        self.lone = [h for h in self.hosts if not any(h in m for m in self.member.values())]
        pick = lambda most: {f"v{rng.randint(0, 5)}": rng.choice(VALUES) for _ in range(rng.randint(0, most))}
        self.group_vars = {g: pick(3) for g in self.groups}
        self.host_vars = {h: pick(3) for h in self.hosts}
        self.beside = {}
        if rng.random() < 0.6:
            owner = rng.choice(self.groups)
            self.beside[rng.choice(["group_vars/%s.yml", "group_vars/%s/x.yml", "group_vars/%s"]) % owner] = json.dumps(pick(3), ensure_ascii=False)
        if rng.random() < 0.4:
            self.beside["group_vars/all.yml"] = json.dumps(pick(3))
        if rng.random() < 0.6:
            self.beside[f"host_vars/{rng.choice(self.hosts)}.json"] = json.dumps(pick(3))

    def ini(self):
        word = lambda v: "'" + repr(v).replace("'", "'\"'\"'") + "'"
        said = set()

        def line(h):
            text = h + "".join(f" {k}={word(v)}" for k, v in self.host_vars[h].items() if h not in said)
            said.add(h)
            return text + "\n"
        text = "".join(map(line, self.lone))
        for g in self.groups:
            text += f"[{g}]\n" + "".join(map(line, self.member[g]))
            text += f"[{g}:vars]\n" + "".join(f"{k}={v!r}\n" for k, v in self.group_vars[g].items())
            text += f"[{g}:children]\n" + "".join(c + "\n" for c in self.children[g])
        return text

    def tree(self):
        all_ = {"hosts": {h: self.host_vars[h] for h in self.lone}}
        return {"all": all_, **{g: {"hosts": {h: self.host_vars[h] for h in self.member[g]}, "vars": self.group_vars[g], "children": {c: {} for c in self.children[g]}} for g in self.groups}}

    def dynamic(self):
        return {"_meta": {"hostvars": self.host_vars}, "ungrouped": {"hosts": self.lone}, **{g: {"hosts": self.member[g], "vars": self.group_vars[g], "children": self.children[g]} for g in self.groups}}

    def table(self, rng):
        """Hosts with groups and variables; the groups' own are beside it."""
        names = sorted({k for v in self.host_vars.values() for k in v})
        columns = names + ["host", "groups"]
        rng.shuffle(columns)
        sep, end = rng.choice([",", ";"]), rng.choice(["\n", "\r\n"])
        cell = lambda v: '"' + v.replace('"', '""') + '"'
        row = lambda h: sep.join(cell({"host": h, "groups": " ".join(g for g in self.groups if h in self.member[g])}.get(c, self.host_vars[h].get(c, ""))) for c in columns)
        return rng.choice(["", "\ufeff"]) + sep.join(columns) + end + "".join(row(h) + end for h in self.hosts)

    def forms(self, rng):
        dump = lambda v: json.dumps(v, ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, 2]))
        yield "ini", "f", self.ini()
        yield "json", "f.json", dump(self.tree())
        yield "yaml", "f.yml", dump(self.tree())
        yield "program", "f.sh", "#!/bin/sh\ncat <<'JSON'\n" + dump(self.dynamic()) + "\nJSON\n"
        yield "listed", "d.json", dump(self.dynamic())
        yield "csv", "f.csv", self.table(rng)
        rest = self.tree()
        for g in self.groups:
            del rest[g]["hosts"]
        del rest["all"]
        yield "csv-rest", "rest.json", dump(rest)


def compare_random(folder, rng):
    model = Model(rng)
    write(folder, model.beside)
    forms = list(model.forms(rng))
    write(folder, {name: text for _, name, text in forms})
    _, want = theirs(folder, ["f"])
    for form, name, _ in forms:
        if form == "csv-rest":
            continue
        names = ["rest.json", name] if form == "csv" else [name]
        if form in ("program", "json", "yaml"):
            said = difference(theirs(folder, names)[1], want)
            if said:
                return f"the test itself, {form}: {said}"
        said = difference(ours(folder, names), want)
        if said:
            return f"{form}: {said}"
    return None


def main():
    work = sys.argv[2]
    if sys.argv[1] == "own":
        for name, (files, names) in OWN.items():
            folder = os.path.join(work, name)
            write(folder, files)
            report(name, lambda: compare(folder, names))
        return
    seed, count = int(sys.argv[3]), int(sys.argv[4])
    for i in range(count):
        report(f"seed {seed + i}", lambda: compare_random(os.path.join(work, f"r{i}"), random.Random(seed + i)))


main()
