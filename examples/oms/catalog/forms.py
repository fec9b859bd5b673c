from decimal import Decimal

from django import forms

from catalog.models import validate_sku


class ImportForm(forms.Form):
    """The upload."""

    MAX_BYTES = 5 * 1024 * 1024

    file = forms.FileField(
        label="CSV file", widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > self.MAX_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB.")
        return file


class RowForm(forms.Form):
    """One row of the upload. A plain form: a ModelForm would query for uniqueness row by row."""

    sku = forms.CharField(max_length=20, validators=[validate_sku])
    name = forms.CharField(max_length=120)
    price = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal("0.01"))
    stock = forms.IntegerField(min_value=0, max_value=2_147_483_647)
