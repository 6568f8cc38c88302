"""Forms whose page chooses the id of what it stores."""

import uuid


class ChoosesId:
    """Mixed into a form. `id_field` is the hidden field that holds the id."""

    id_field = "id"

    def take_new_id(self):
        """When this bound form is sent again, what was typed is stored as a new row."""
        new = uuid.uuid4()
        self.data = self.data.copy()
        self.data[self.add_prefix(self.id_field)] = str(new)
        self.cleaned_data[self.id_field] = new
