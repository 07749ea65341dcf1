from sqlalchemy import text


def bad(connection, name):
    # ruleid: sql-text-is-constant
    connection.execute(text(f"SELECT * FROM people WHERE name = '{name}'"))
    # ruleid: sql-text-is-constant
    connection.execute(text("SELECT * FROM people WHERE name = '%s'" % name))
    # ruleid: sql-text-is-constant
    connection.exec_driver_sql("SELECT * FROM " + name)
    # ruleid: sql-text-is-constant
    connection.execute(text("SELECT {}".format(name)))


def good(connection, name):
    # ok: sql-text-is-constant
    connection.execute(text("SELECT * FROM people WHERE name = :name"), {"name": name})
