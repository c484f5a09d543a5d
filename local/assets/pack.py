"""Packs each service's binary, stripped, as the `bootstrap` of one zip named by its content.

    pack.py ZIPS BINARY...

Prints a JSON object from service to zip. A zip whose binary has not changed since the last time is used again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

UNUSED_AFTER_SECONDS = 7 * 24 * 3600


def stripped(binary, into):
    copy = os.path.join(into, "bootstrap")
    strip = shutil.which("strip")
    if strip is None or subprocess.run([strip, "-o", copy, binary], capture_output=True).returncode != 0:
        shutil.copyfile(binary, copy)
    with open(copy, "rb") as file:
        return file.read()


def write_zip(path, content):
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    unfinished = f"{path}.{os.getpid()}"
    with zipfile.ZipFile(unfinished, "w") as archive:
        archive.writestr(entry, content, compresslevel=1)
    os.replace(unfinished, path)


def pack(zips, binary):
    service = os.path.basename(binary)
    seen = os.stat(binary)
    stamp = [seen.st_size, seen.st_mtime_ns]
    note = os.path.join(zips, f"{service}.json")
    try:
        with open(note) as file:
            known = json.load(file)
        if known["stamp"] == stamp and os.path.exists(known["zip"]):
            os.utime(known["zip"])
            return service, known["zip"]
    except (OSError, ValueError, KeyError):
        pass
    with tempfile.TemporaryDirectory(dir=zips) as into:
        content = stripped(binary, into)
    path = os.path.join(zips, f"{service}-{hashlib.sha256(content).hexdigest()[:16]}.zip")
    if os.path.exists(path):
        os.utime(path)
    else:
        write_zip(path, content)
    with open(note, "w") as file:
        json.dump({"stamp": stamp, "zip": path}, file)
    return service, path


def main():
    zips, binaries = os.path.abspath(sys.argv[1]), sys.argv[2:]
    os.makedirs(zips, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        packed = dict(pool.map(lambda binary: pack(zips, binary), binaries))
    for name in os.listdir(zips):
        path = os.path.join(zips, name)
        if name.endswith(".zip") and time.time() - os.stat(path).st_mtime > UNUSED_AFTER_SECONDS:
            os.remove(path)
    print(json.dumps(packed))


main()
