"""Forms whose page chooses the id of the row that it stores."""

import uuid


class ChoosesId:
    """Mixed into a form. `id_field` is the name of the hidden field with the id."""

    id_field = "id"

    def take_new_id(self):
        """Give the bound form a new id, so that it is stored as a new row when it is sent again."""
        new = uuid.uuid4()
        self.data = self.data.copy()
        self.data[self.add_prefix(self.id_field)] = str(new)
        self.cleaned_data[self.id_field] = new
