# Three lines per test, see tests/unit/local.mk.
