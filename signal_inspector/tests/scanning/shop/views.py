from django import forms
from django.contrib import admin
from django.views import generic

from .models import Line, Order


class OrderList(generic.ListView):
    model = Order

    def post(self, request):
        self.get_queryset().update(is_open=False)  # -> update Order
        request.POST.update(a=1)


class OrderPage(generic.DetailView):
    queryset = Order.objects.all()

    def post(self, request):
        self.object = self.get_object()
        self.object.lines.update(part=None)  # -> update Line


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["is_open"]

    def save(self, commit=True):
        self.instance.lines.update(part=None)  # -> update Line
        self.cleaned_data.update(a=1)
        return super().save(commit)


def edit(request):
    form = OrderForm(request.POST)
    form.save().lines.all().update(part=None)  # -> update Line
    form.instance.lines.update(part=None)  # -> update Line


@admin.action
def close(modeladmin, request, queryset):
    queryset.update(is_open=False)  # -> update Order in the admin


class OrderAdmin(admin.ModelAdmin):
    actions = [close, "reopen"]

    def reopen(self, request, queryset):
        queryset.update(is_open=True)  # -> update Order in the admin

    def run(self, request):
        self.get_queryset(request).update(is_open=True)  # -> update Order in the admin


class LineInline(admin.TabularInline):
    model = Line


class OpenOrderList(OrderList):
    def get_queryset(self):
        return super().get_queryset().filter(is_open=True)

    def post(self, request):
        self.get_queryset().update(is_open=False)  # -> update Order
