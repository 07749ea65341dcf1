import os
import pickle
import subprocess

import yaml


def bad(given, np, tar):
    # ruleid: no-code-from-data
    pickle.loads(given)
    # ruleid: no-code-from-data
    yaml.load(given, yaml.Loader)
    # ruleid: no-code-from-data
    eval(given)
    # ruleid: no-code-from-data
    exec(given)
    # ruleid: no-code-from-data
    subprocess.run(given, shell=True)
    # ruleid: no-code-from-data
    os.system(given)
    # ruleid: no-code-from-data
    np.load(given, allow_pickle=True)
    # ruleid: no-code-from-data
    tar.extractall("folder")


def good(given, np):
    # ok: no-code-from-data
    yaml.safe_load(given)
    # ok: no-code-from-data
    subprocess.run(["ls", given], shell=False)
    # ok: no-code-from-data
    np.load(given)
