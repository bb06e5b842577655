pytest_plugins = ["tests.databases", "tests.world"]
