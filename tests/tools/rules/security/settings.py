import os

# ok: settings-read-the-environment
MODE = os.environ.get("GATEHOUSE_MODE")
