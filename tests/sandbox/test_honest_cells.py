"""What honest cells do works behind Landlock and the filter, also where it is imported only then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spatial_agent.sandbox import landlock

try:
    ABI = landlock.abi()
except OSError:
    pytest.skip("this machine has no table of system calls", allow_module_level=True)

CONFINED = """
import sys
from pathlib import Path
from spatial_agent.sandbox import landlock, seccomp
scratch = Path.cwd()
if landlock.abi():
    roots = {*map(Path, sys.path), *map(Path, (sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", "/dev/urandom"))}
    landlock.restrict([root for root in roots if root.exists()], [scratch, Path("/dev/null")])
seccomp.install(notify=False)
"""
CELLS = {
    "numbers": """
import numpy as np
a = np.random.default_rng(0).random((300, 300))
assert np.allclose(np.linalg.inv(a) @ a, np.eye(300))
assert np.fft.ifft2(np.fft.fft2(a)).real.shape == np.linalg.svd(a)[0].shape
big = np.ones(10_000_000); assert (big + 1).sum() == 2e7
""",
    "scipy": """
import numpy as np
import scipy.linalg, scipy.ndimage, scipy.optimize, scipy.signal, scipy.sparse.linalg, scipy.spatial, scipy.stats
a = np.random.default_rng(0).random((60, 60))
scipy.linalg.lu(a); scipy.ndimage.label(a > 0.5); scipy.signal.fftconvolve(a, a)
assert scipy.optimize.minimize(lambda x: ((x - 1) ** 2).sum(), np.zeros(3)).success
assert scipy.spatial.cKDTree(a[:, :3]).query(a[0, :3])[1] == 0
scipy.spatial.ConvexHull(a[:, :3]); scipy.spatial.Delaunay(a[:, :2])
scipy.sparse.linalg.eigsh(scipy.sparse.identity(20)); scipy.stats.linregress(a[0], a[1])
""",
    "figures": """
import io
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2], label="π"); axes.imshow([[1, 2], [3, 4]]); axes.set_title(r"$\\alpha$"); axes.legend()
for form in ("png", "pdf", "svg"):
    out = io.BytesIO(); figure.savefig(out, format=form); assert out.getvalue()
    figure.savefig(f"figure.{form}")
plt.figure().add_subplot(projection="3d").scatter([1], [2], [3]); plt.savefig(io.BytesIO()); plt.close("all")
""",
    "pictures": """
import io
from PIL import Image, ImageDraw, ImageFilter, ImageFont
image = Image.new("RGB", (64, 48), "red")
for form in ("png", "jpeg", "webp", "gif", "tiff", "bmp"):
    out = io.BytesIO(); image.save(out, form); out.seek(0); Image.open(out).load()
ImageDraw.Draw(image).text((1, 1), "hi", font=ImageFont.load_default(20)); image.filter(ImageFilter.GaussianBlur(3))
image.save("picture.png"); Image.open("picture.png").load()
""",
    "files": """
import csv, gzip, json, os, pathlib, shutil, sqlite3, tarfile, tempfile, zipfile
import numpy as np
pathlib.Path("text").write_text("x" * 100_000); assert len(open("text").read()) == 100_000
with open("text", "r+b") as file:
    file.seek(5); file.write(b"y"); file.truncate(10); file.flush(); os.fsync(file.fileno())
shutil.copy("text", "copy"); shutil.copy2("text", "copy2"); pathlib.Path("copy").touch(); os.replace("copy", "text")
os.makedirs("deep/er"); shutil.copytree("deep", "deeper"); shutil.rmtree("deep"); shutil.move("deeper", "moved")
json.dump({}, open("j.json", "w")); csv.writer(open("c.csv", "w")).writerow([1]); gzip.open("z.gz", "wb").write(b"x")
with zipfile.ZipFile("z.zip", "w") as archive: archive.write("text")
with tarfile.open("t.tar.gz", "w:gz") as archive: archive.add("moved"); archive.add("text")
with tarfile.open("t.tar.gz") as archive: archive.extractall("out")
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(), tempfile.TemporaryFile(): os.listdir(folder)
a = np.arange(12.0); np.save("a.npy", a); np.savez("a.npz", a=a); np.savetxt("a.txt", a); a.tofile("a.bin")
assert (np.load("a.npy", mmap_mode="r") == a).all() and (np.load("a.npz")["a"] == np.loadtxt("a.txt")).all()
m = np.memmap("m", "f4", "w+", shape=(1000,)); m[:] = 1; m.flush()
with sqlite3.connect("d.db") as base: base.execute("create table t (a)"); base.execute("insert into t values (1)")
assert shutil.disk_usage(".").total and os.stat("text").st_size == 10 and sorted(os.scandir("."), key=str)
""",
    "time and chance": """
import datetime, hashlib, os, random, secrets, threading, time, uuid
time.sleep(0.01); lock = threading.RLock()
with lock: assert not threading.Event().wait(0.01)
condition = threading.Condition()
with condition: condition.wait(0.01)
held = threading.Lock(); held.acquire(); assert not held.acquire(timeout=0.01)
random.SystemRandom().random(); secrets.token_hex(); uuid.uuid4(); os.urandom(8); datetime.datetime.now()
time.perf_counter(), time.process_time(), time.thread_time(), time.localtime(), hashlib.sha256(b"x").digest()
""",
    "the process itself": """
import gc, os, platform, resource, select, shutil, signal, sys
assert os.getpid() and os.cpu_count() and os.sched_getaffinity(0) and os.uname() and platform.machine()
resource.getrusage(resource.RUSAGE_SELF); resource.getrlimit(resource.RLIMIT_AS); gc.collect()
assert select.select([], [], [], 0.01) == ([], [], []) and shutil.get_terminal_size().columns and not os.isatty(0)
hits = []; signal.signal(signal.SIGALRM, lambda *_: hits.append(1)); signal.setitimer(signal.ITIMER_REAL, 0.05)
signal.pause(); assert hits
objects = [[] for _ in range(300_000)]; del objects; block = bytearray(200 * 2**20); del block
try:
    bytearray(2**60)
except MemoryError:
    pass
os.dup(0); os.dup2(0, 20); os.close(20)
""",
}


@pytest.mark.parametrize("cell", CELLS)
def test_it_works(cell: str, tmp_path: Path) -> None:
    environment = {"HOME": ".", "TMPDIR": str(tmp_path), "MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED + CELLS[cell]],
        cwd=tmp_path,
        env=environment | {"OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8", "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
