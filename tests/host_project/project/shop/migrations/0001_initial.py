from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.CharField(max_length=24, unique=True)),
                ("email", models.EmailField(max_length=254)),
                ("visits", models.PositiveIntegerField(default=0)),
            ],
        ),
    )
