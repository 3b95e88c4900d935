from django.db import connection

from .models import Line, Order

TABLE = Line._meta.db_table
DELETE = "DELETE FROM shop_line WHERE id = %s"


def run(number, name, cursor):
    cursor.execute("UPDATE scanned_shop_order SET is_open = 1 WHERE id = %s", [number])  # -> SQL Order
    cursor.executemany(DELETE, [[number]])  # -> SQL Line
    cursor.execute(f"INSERT INTO {Order._meta.db_table} (id) VALUES (1)")  # -> SQL Order
    cursor.execute("INSERT INTO %s (id) VALUES (1)" % TABLE)  # -> SQL Line
    cursor.execute("UPDATE {} SET x = 1".format(TABLE))  # -> SQL Line
    cursor.execute('UPDATE "shop_line" ' + name)  # -> SQL Line
    cursor.execute("DELETE FROM " + connection.ops.quote_name(TABLE))  # -> SQL Line
    with connection.cursor() as own:
        own.execute("with x as (select 1)\n  update shop_line set part_id = null")  # -> SQL Line
        own.execute("TRUNCATE public.shop_line")  # -> SQL Line
    cursor.execute("SELECT * FROM shop_line FOR UPDATE")
    cursor.execute("SELECT 'UPDATE shop_line SET x'")
    cursor.execute("UPDATE elsewhere SET a = 1")
    cursor.execute(f"UPDATE {name} SET a = 1")
    cursor.execute(f"UPDATE {name}shop_line SET a = 1")
    cursor.execute("COPY shop_line TO STDOUT")
    cursor.copy("COPY shop_line FROM STDIN")  # -> SQL Line
    cursor.execute()
