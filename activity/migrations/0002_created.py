"""The staff make accounts too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="what",
            field=models.CharField(
                choices=[
                    ("registered", "registered"),
                    ("created", "created"),
                    ("verified", "address verified"),
                    ("changed", "changed"),
                    ("password", "password changed"),
                    ("rights", "rights changed"),
                    ("groups", "groups given or taken"),
                    ("permissions", "permissions given or taken"),
                    ("logged_in", "logged in"),
                    ("logged_out", "logged out"),
                    ("login_failed", "login failed"),
                    ("locked_out", "locked out"),
                    ("closed", "account closed"),
                    ("request_failed", "request failed"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
